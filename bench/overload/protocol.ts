/** How many calls the server of the benchmark processes at once. */
export const STREAMS = 40;

/** Sets how many calls the server processes at a time, each for {@link WORK_MS}. */
export interface Workers {
  readonly workers: number;
}

export const WORK_MS = 20;
