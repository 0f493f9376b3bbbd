import { describe } from "../../shared/describe.ts";
import { invalidOption, requireNumber } from "../../shared/invalid-option.ts";
import type { CallOptions } from "../call-options.ts";
import { CALL_OPTIONS } from "../call-options.ts";

/** Options of an RPC that lists. Those of the call apply to each page. */
export interface ListOptions extends CallOptions {
  /**
   * How many items to request per page when iterating, from 1 to 1000. Default: the limit of the request if it has one;
   * otherwise 100 at first, growing to 1000 as long as pages stay below 2 MiB and 5 seconds. A plain `await` sends the
   * request as it is.
   */
  readonly pageSize?: number | undefined;
  /** Where to start: the cursor of a page, or of the error that ended an iteration. Default: the beginning. */
  readonly resumeFrom?: ListCursor | undefined;
}

/**
 * A position between two items of a list. Can be stored as JSON, so that another process can continue from it. Treat its
 * content as opaque, apart from the counts.
 */
export interface ListCursor {
  /** How many pages were read up to here. */
  readonly pages: number;
  /** How many items were yielded up to here. */
  readonly yielded: number;
  /** The offset, sequence number or page token at which to continue. A string, as it may exceed a safe integer. */
  readonly position: string;
  /** The identities of the items right before this position, by which it is found again if the list has shifted. */
  readonly anchors: readonly string[];
}

/** A page of a list that is iterated. */
export interface ListPage<Item, Response> {
  /** The items of this page that were not on an earlier one. */
  readonly items: readonly Item[];
  /** What the server sent. Pages overlap by an item, see docs/lists.md. */
  readonly response: Response;
  /** The number of the page, from 1. */
  readonly number: number;
  /** The position after this page. */
  readonly cursor: ListCursor;
}

/** Zitadel's v2 services reject larger pages, or truncate them silently. */
export const MAX_PAGE_SIZE = 1_000;

/** The initial page size, unless specified. */
export const DEFAULT_PAGE_SIZE = 100;

/** The options of every list. */
export const LIST_OPTIONS: Record<keyof ListOptions, true> = {
  ...CALL_OPTIONS,
  pageSize: true,
  resumeFrom: true,
};

/** Throws a TypeError if the options of an iteration are invalid. */
export function checkListOptions({ pageSize, resumeFrom }: ListOptions): void {
  requireNumber("pageSize", pageSize, { min: 1, max: MAX_PAGE_SIZE });
  if (resumeFrom !== undefined && !isCursor(resumeFrom)) {
    throw invalidOption("resumeFrom", describe(resumeFrom), "the cursor of a page or of a ListError");
  }
}

/** Checks all of it, since it may come from a file. */
function isCursor(value: Partial<ListCursor> | null): boolean {
  return (
    Number.isSafeInteger(value?.pages) &&
    Number.isSafeInteger(value?.yielded) &&
    typeof value?.position === "string" &&
    Array.isArray(value?.anchors)
  );
}
