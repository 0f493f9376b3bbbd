import { Code, type ConnectError } from "@connectrpc/connect";
import { type FaultName, findFailure, isWriteConflict } from "../faults.ts";

/** The initial limit: most servers handle this many, and a job reaches hundreds within a few rounds. */
const INITIAL = 20;
/**
 * The factors by which the limit is lowered, after a refusal and after slow responses: a queue is less severe than a
 * refusal.
 */
const AFTER_REFUSAL = 0.7;
const AFTER_SLOWNESS = 0.9;
/** How many times longer than usual responses may take. A server with twice the work is no slower than this. */
const TOLERANCE = 3;
/** The weight of the last response in the recent average. */
const RECENT = 0.1;
/**
 * The weight of the last response in the usual duration: it takes a thousand calls to adapt to a server that has become
 * slower permanently.
 */
const DRIFT = 0.002;

/** A call that has ended. Times are monotonic, in milliseconds. */
export interface Round {
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many calls were in flight when it ended, itself included. */
  readonly inFlight: number;
  /** How many were allowed to be. */
  readonly allowed: number;
}

/** Durations of one method, in milliseconds. */
interface Latency {
  usual: number;
  recent: number;
}

/**
 * Estimates how many calls a server handles at a time, by additive increase and multiplicative decrease (AIMD), as TCP does
 * for a network path (RFC 5681). Signs of congestion are refusals, and responses that take much longer than usual for their
 * method.
 */
export class Congestion {
  readonly #latencies = new Map<string, Latency>();
  #limit = INITIAL;
  /** Calls that began before the last decrease say nothing about the time after it. */
  #decreasedAt = Number.NEGATIVE_INFINITY;

  /** An integer of at least 1. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** A call of `method` got a response. */
  succeeded(method: string, round: Round): void {
    if (this.#isSlow(method, round.endedAt - round.startedAt)) this.#decrease(AFTER_SLOWNESS, round);
    // A limit that was not reached is not proven.
    else if (round.inFlight >= this.limit) this.#limit += 1 / this.#limit;
  }

  /** The server refused a call, or could not serve it. */
  refused(round: Round): void {
    this.#decrease(AFTER_REFUSAL, round);
  }

  /** Starts from what was allowed, which another limit may have kept below this one. */
  #decrease(factor: number, { startedAt, endedAt, allowed }: Round): void {
    if (startedAt < this.#decreasedAt) return;
    this.#decreasedAt = endedAt;
    this.#limit = Math.max(1, Math.min(this.#limit, allowed) * factor);
  }

  #isSlow(method: string, ms: number): boolean {
    const latency = this.#latencies.get(method);
    if (latency === undefined) {
      this.#latencies.set(method, { usual: ms, recent: ms });
      return false;
    }
    latency.recent += (ms - latency.recent) * RECENT;
    latency.usual = Math.min(latency.recent, latency.usual + (ms - latency.usual) * DRIFT);
    return latency.recent > latency.usual * TOLERANCE;
  }
}

/** How proxies and servers reject requests when there are too many. */
const REFUSALS: ReadonlySet<FaultName | undefined> = new Set<FaultName>([
  "enhance-your-calm",
  "gateway-error",
  "rate-limited",
  "stream-refused",
]);
const OVERLOADED: ReadonlySet<Code> = new Set([
  Code.ResourceExhausted,
  Code.Unavailable,
  Code.DeadlineExceeded,
]);

/** Whether the server, or a proxy in front of it, was overloaded. */
export function isCongestion(error: ConnectError): boolean {
  const { origin, fault } = findFailure(error) ?? {};
  return isWriteConflict(error) || REFUSALS.has(fault) || (origin === "server" && OVERLOADED.has(error.code));
}
