/** The candidate that was most likely meant by a misspelled name; `undefined` if none is close. */
export function findNearest<const T extends string>(name: string, candidates: readonly T[]): T | undefined {
  // A text this long is not a misspelled name.
  if (name.length > 40) return undefined;
  const plain = simplify(name);
  let nearest: T | undefined;
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = simplify(candidate);
    const distance = isStem(plain, other) ? 1 : editDistance(plain, other);
    if (distance < best && distance < plain.length && distance <= Math.max(1, Math.floor(plain.length / 3))) {
      nearest = candidate;
      best = distance;
    }
  }
  return nearest;
}

/** `timeout` for `timeoutMs`, `keys` for `key`. */
function isStem(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= 3 && short.length < long.length && long.startsWith(short);
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** How many insertions, deletions, replacements and swaps of neighbors turn one word into the other. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
