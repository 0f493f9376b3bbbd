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
  let script: number[] = [];
  for (let cases = 1; ; cases++) {
    const taken: { choice: number; count: number }[] = [];
    program((count) => {
      const choice = script[taken.length] ?? 0;
      taken.push({ choice, count });
      return choice;
    });
    while (taken.length > 0 && (taken.at(-1)?.choice ?? 0) + 1 >= (taken.at(-1)?.count ?? 0)) taken.pop();
    const last = taken.pop();
    if (last === undefined) return cases;
    script = [...taken.map(({ choice }) => choice), last.choice + 1];
  }
}
