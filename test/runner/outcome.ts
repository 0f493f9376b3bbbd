/** The counts of tests, with the names in Node's own reporters. */
export const RESULTS = ["pass", "fail", "cancelled", "skipped", "todo"] as const;

export type Result = (typeof RESULTS)[number];

/** What a process of tests sends when all of them have ended: one that exits before, with whatever code, has failed. */
export const END = "end";

/** How a test, or a suite of them, ended. */
export interface Outcome {
  readonly name: string;
  /** The path of its file. */
  readonly file: string | undefined;
  readonly isSuite: boolean;
  readonly result: Result;
}
