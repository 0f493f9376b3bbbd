import type { ReadPage } from "./page-reader.ts";

/** A step of a walk through a list. */
export interface Step {
  readonly page: ReadPage;
  /** Which of the page's items, by index, were not yielded before. */
  readonly fresh: readonly number[];
  /** Where the next page is, and the identities of the items before it. */
  readonly position: bigint;
  readonly anchors: readonly string[];
}

/** What is new on a page: all of it, but for what an iteration had yielded of this very page when it ended. */
export function freshOf({ ids }: ReadPage, known: readonly string[]): number[] {
  return ids.flatMap((id, index) => (known.includes(id) ? [] : index));
}
