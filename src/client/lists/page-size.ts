import { Code } from "@connectrpc/connect";
import { responseTooLarge } from "../../errors/conditions.ts";
import { hasErrorId } from "../../errors/guards.ts";
import { ZitadelError } from "../../errors/zitadel-error.ts";
import type { FaultName } from "../../transport/faults.ts";

/** The limits for larger pages: bytes, and milliseconds. */
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_MS = 5_000;

/** Zitadel's error for a limit above the maximum that the instance is configured with. */
const LIMIT_TOO_HIGH = "QUERY-4M0fs";

/** The allowed page sizes of a list, unless the server rejects them. */
export interface PageSizes {
  /** How many items to request at first. */
  readonly first: number;
  readonly most: number;
}

/** The cost of a page, which determines the size of the next one. */
export interface PageCost {
  /** How many items were requested, and how many the server returns at most. */
  readonly asked: number;
  readonly limit: number;
  /** How many items the page has, their size in bytes, and how long the request took, in milliseconds. */
  readonly count: number;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Decides how many items to request per page. A page costs the server about the same whatever its size, as the server
 * counts the whole list for each. So pages grow as far as `MAX_BYTES` and `MAX_MS` allow, judging by the last one. They
 * shrink when items become larger, but not below the first size, and by half when the server rejects a page for its size.
 *
 * Anything that works with a fixed page size works with this.
 */
export class PageSize {
  readonly #first: number;
  #most: number;
  #next: number;
  /** The largest size that has worked. */
  #proven = 0;

  constructor({ first, most }: PageSizes) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  /** How many items to request next. */
  get next(): number {
    return this.#next;
  }

  /** Learns from the cost of a page. */
  take({ asked, limit, count, bytes, ms }: PageCost): void {
    this.#proven = Math.max(this.#proven, asked);
    if (limit < asked) this.#most = Math.min(this.#most, limit);
    const bySize = Math.floor((MAX_BYTES / Math.max(bytes, 1)) * Math.max(count, 1));
    const byTime = Math.floor((MAX_MS / Math.max(ms, 1)) * limit);
    const affordable = Math.min(bySize, byTime);
    if (affordable > this.#next) this.#next = affordable;
    // A long duration does not shrink pages: a smaller page usually takes as long.
    else this.#next = Math.min(this.#next, Math.max(this.#first, bySize));
    this.#next = Math.min(this.#next, this.#most);
  }

  /** How many items to request after a page failed; undefined if a smaller page would not help. */
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

/**
 * Whether the response was too large: the server sends at most 10 MiB over gRPC, and this client accepts `readMaxBytes`.
 */
function isTooLarge(error: ZitadelError): boolean {
  if (error.code !== Code.ResourceExhausted) return false;
  return error.fault === "response-too-large" || responseTooLarge.is(error);
}

/** Errors that a larger page may cause: a server may reject its limit, and it may take longer than a proxy allows. */
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
