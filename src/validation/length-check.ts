/** The rules for a length; 0 where there is none. */
export interface Lengths {
  readonly exact: bigint;
  readonly min: bigint;
  readonly max: bigint;
}

/** Checks a length in a unit such as `runes`. */
export function lengthReason(length: number, { exact, min, max }: Lengths, unit: string): string | undefined {
  const fixed = exact > 0n ? exact : min === max ? min : 0n;
  if (fixed > 0n) return BigInt(length) === fixed ? undefined : `value length must be ${fixed} ${unit}`;
  const short = BigInt(length) < min;
  const long = max > 0n && BigInt(length) > max;
  if (!short && !long) return undefined;
  if (min > 0n && max > 0n) return `value length must be between ${min} and ${max} ${unit}, inclusive`;
  return short
    ? `value length must be at least ${min} ${unit}`
    : `value length must be at most ${max} ${unit}`;
}
