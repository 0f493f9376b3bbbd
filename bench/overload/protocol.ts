/** How many calls the server of the benchmark takes at once. */
export const STREAMS = 40;

/** Tells the server how many calls it has to work on at a time, each for {@link WORK_MS}. */
export interface Workers {
  readonly workers: number;
}

export const WORK_MS = 20;
