import { describe } from "../../shared/describe.ts";
import { invalidOption, requireNumber } from "../../shared/invalid-option.ts";
import type { CallOptions } from "../call-options.ts";
import { CALL_OPTIONS } from "../call-options.ts";

/** Options of an RPC that lists. Those of the call hold for each page. */
export interface ListOptions extends CallOptions {
  /**
   * How many items to ask for at once when iterating, from 1 to 1000. Default: the limit of the request if it has
   * one; else 100 at first, and then up to 1000, as far as pages stay below 2 MiB and 5 seconds. A plain `await` sends
   * the request as it is.
   */
  readonly pageSize?: number | undefined;
  /** Where to begin: the cursor of a page, or of the error that ended an iteration. Default: the beginning. */
  readonly resumeFrom?: ListCursor | undefined;
}

/**
 * A place between two items of a list. Survives `JSON.stringify()`, so that another process can go on from it. Treat
 * what it holds as opaque, apart from the counts.
 */
export interface ListCursor {
  /** How many pages were read up to here. */
  readonly pages: number;
  /** How many items were yielded up to here. */
  readonly yielded: number;
  /** The offset, sequence number or page token at which to go on. A string, as it may exceed a safe integer. */
  readonly position: string;
  /** The identities of the items right before this place, by which it is found again when the list has shifted. */
  readonly anchors: readonly string[];
}

/** A page of a list that is iterated. */
export interface ListPage<Item, Response> {
  /** The items of this page that were not on an earlier one. */
  readonly items: readonly Item[];
  /** What the server sent. Pages overlap by an item, see docs/lists.md. */
  readonly response: Response;
  /** Counts from 1. */
  readonly number: number;
  /** The place after this page. */
  readonly cursor: ListCursor;
}

/** More is refused by Zitadel's v2 services, or cut without a word. */
export const MAX_PAGE_SIZE = 1_000;

/** How many items are asked for at first where nobody said. */
export const DEFAULT_PAGE_SIZE = 100;

/** The options of every list. */
export const LIST_OPTIONS: Record<keyof ListOptions, true> = {
  ...CALL_OPTIONS,
  pageSize: true,
  resumeFrom: true,
};

/** Throws a TypeError where the options of an iteration make no sense. */
export function checkListOptions({ pageSize, resumeFrom }: ListOptions): void {
  requireNumber("pageSize", pageSize, { min: 1, max: MAX_PAGE_SIZE });
  if (resumeFrom !== undefined && !isCursor(resumeFrom)) {
    throw invalidOption("resumeFrom", describe(resumeFrom), "the cursor of a page or of a ListError");
  }
}

/** It may come from a file. */
function isCursor(value: Partial<ListCursor> | null): boolean {
  return (
    Number.isSafeInteger(value?.pages) &&
    Number.isSafeInteger(value?.yielded) &&
    typeof value?.position === "string" &&
    Array.isArray(value?.anchors)
  );
}
