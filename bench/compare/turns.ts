import type { Samples } from "./judge.ts";

/** The folders of the two builds. */
export interface Trees {
  readonly base: string;
  readonly head: string;
}

type Both<T> = Readonly<Record<keyof Trees, T>>;

/**
 * Measures both in turns, each first in every other round. Returns undefined if the base cannot be measured, since it
 * may be older than the benchmark; if the head cannot be measured, throws its error.
 */
export async function measureInTurns(
  rounds: number,
  measure: Both<() => Promise<number>>,
): Promise<Samples | undefined> {
  await measure.head();
  try {
    await measure.base();
  } catch (error) {
    console.error(`The base cannot do it: ${error}`);
    return undefined;
  }
  const samples = { base: [] as number[], head: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const tree of inTurn(round)) samples[tree].push(await measure[tree]());
  }
  return samples;
}

/** Which of the two is first in a round. */
export function inTurn(round: number): readonly (keyof Trees)[] {
  return round % 2 === 0 ? ["base", "head"] : ["head", "base"];
}
