/** Picks one of so many alternatives: a number from 0 to `count` - 1. */
export type Choose = (count: number) => number;

/** Runs a program once for every combination of its choices. Returns how many there are. */
export function explore(program: (choose: Choose) => void): number {
  const { stackTraceLimit } = Error;
  // The stacks of expected errors take as long as everything else.
  Error.stackTraceLimit = 0;
  try {
    return playAll(program);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function playAll(program: (choose: Choose) => void): number {
  // The choices to repeat, and how many alternatives each had.
  const script: number[] = [];
  const counts: number[] = [];
  for (let cases = 1; ; cases++) {
    let taken = 0;
    program((count) => {
      counts[taken] = count;
      script[taken] ??= 0;
      return script[taken++] ?? 0;
    });
    while (taken > 0 && (script[taken - 1] ?? 0) + 1 >= (counts[taken - 1] ?? 0)) taken--;
    script.length = taken;
    const last = script.pop();
    if (last === undefined) return cases;
    script.push(last + 1);
  }
}
