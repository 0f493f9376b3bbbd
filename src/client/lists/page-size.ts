import { Code } from "@connectrpc/connect";
import { responseTooLarge } from "../../errors/conditions.ts";
import { hasErrorId } from "../../errors/guards.ts";
import { ZitadelError } from "../../errors/zitadel-error.ts";
import type { FaultName } from "../../transport/faults/faults.ts";

/** A page that grew is expected to have no more bytes than this, and to take no longer. */
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_MS = 5_000;

/** Zitadel's error for a limit above the maximum that the instance is configured with. */
const LIMIT_TOO_HIGH = "QUERY-4M0fs";

/** The sizes that the pages of a list may have, unless the server refuses them. */
export interface PageSizes {
  /** How many items to ask for at first. */
  readonly first: number;
  readonly most: number;
}

/** What a page tells about the size of the next one. */
export interface PageCost {
  /** How many items were asked for, and how many of those the server gives at most. */
  readonly asked: number;
  readonly limit: number;
  /** How many items the page has, their size in bytes, and how long it took to get them, in milliseconds. */
  readonly count: number;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * How many items to ask for at once. A page costs a server about as much whatever its size, as it counts the list for each:
 * so pages grow, by as much as the last one says that `MAX_BYTES` and `MAX_MS` allow. They shrink where items become
 * larger, but not below the first size, and by half where the server refuses a page for its size.
 *
 * What would have worked with pages that do not grow works with these.
 */
export class PageSize {
  readonly #first: number;
  #most: number;
  #next: number;
  /** The largest size that was given. */
  #proven = 0;

  constructor({ first, most }: PageSizes) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  /** How many items to ask for next. */
  get next(): number {
    return this.#next;
  }

  /** Takes what a page did cost. */
  take({ asked, limit, count, bytes, ms }: PageCost): void {
    this.#proven = Math.max(this.#proven, asked);
    if (limit < asked) this.#most = Math.min(this.#most, limit);
    const bySize = Math.floor((MAX_BYTES / Math.max(bytes, 1)) * Math.max(count, 1));
    const byTime = Math.floor((MAX_MS / Math.max(ms, 1)) * limit);
    const affordable = Math.min(bySize, byTime);
    if (affordable > this.#next) this.#next = affordable;
    // Not for its time: mostly, a smaller page takes as long.
    else if (bySize < this.#next) this.#next = Math.min(this.#next, Math.max(this.#first, bySize));
    this.#next = Math.min(this.#next, this.#most);
  }

  /** How many items to ask for instead of a page that failed; undefined where that is of no use. */
  shrink(error: unknown, asked: number): number | undefined {
    const smaller = this.#smaller(error, asked);
    if (smaller !== undefined) this.#next = smaller;
    return smaller;
  }

  #smaller(error: unknown, asked: number): number | undefined {
    if (asked === 1 || !(error instanceof ZitadelError)) return undefined;
    if (isTooLarge(error)) return asked >> 1;
    if (hasErrorId(error, LIMIT_TOO_HIGH)) this.#most = asked >> 1;
    else if (isDueToGrowth(error) && this.#proven > 0 && asked > this.#proven) this.#most = this.#proven;
    else return undefined;
    return this.#most;
  }
}

/** The server sends 10 MiB at most over gRPC, and this client takes `readMaxBytes`. */
function isTooLarge(error: ZitadelError): boolean {
  if (error.code !== Code.ResourceExhausted) return false;
  return error.fault === "response-too-large" || responseTooLarge.is(error);
}

/** A server has its own error for a limit that it does not allow; and a larger page takes longer, also for a proxy. */
const DUE_TO_GROWTH: ReadonlySet<Code | FaultName | undefined> = new Set<Code | FaultName>([
  Code.InvalidArgument,
  Code.OutOfRange,
  Code.DeadlineExceeded,
  "gateway-error",
  "server-cancelled",
  "truncated-response",
]);

function isDueToGrowth({ code, fault }: ZitadelError): boolean {
  return DUE_TO_GROWTH.has(code) || DUE_TO_GROWTH.has(fault);
}
