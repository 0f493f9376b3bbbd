import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { WaitReason } from "../call.ts";
import { sleepWithin } from "../context/sleep.ts";
import { toReason } from "../dial/dial-error.ts";
import { RECONNECT } from "../dial/reconnect.ts";
import type { OnTransportEvent } from "../events.ts";
import { findFailure } from "../faults/failure.ts";
import { faultError } from "../faults/fault-error.ts";
import type { Outgoing } from "../protocol/outgoing.ts";
import { fetchFault } from "./fetch-fault.ts";

/** What is passed to a {@link Fetch} besides the URL. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** A redirect would take the bearer along. */
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** Sends a request, as the `fetch` of the platform does. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** A request that is to be sent. */
export interface FetchRequest extends Omit<FetchInit, "redirect" | "signal"> {
  readonly url: string;
}

export interface FetchSenderOptions {
  readonly origin: string;
  /** How long a request waits for a connection, in milliseconds, where `fetch` tells that there is none. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
}

/** Sends requests by `fetch`, and makes errors of the table of network events of what it throws. */
export class FetchSender {
  readonly #fetch: Fetch;
  readonly #options: FetchSenderOptions;
  #lastError: unknown;

  constructor(fetch: Fetch, options: FetchSenderOptions) {
    this.#fetch = fetch;
    this.#options = options;
  }

  /** What requests are waiting for, if they are. */
  whyWaiting(): WaitReason | undefined {
    if (this.#lastError === undefined) return undefined;
    const message = `no connection to ${this.#options.origin}: ${toReason(this.#lastError)}`;
    return { connected: false, message, cause: this.#lastError };
  }

  /** Resolves with the headers of the response. Where nothing was sent for want of a connection, it is tried again. */
  async send(
    request: () => FetchRequest,
    { context, progress }: Pick<Outgoing, "context" | "progress">,
  ): Promise<Response> {
    const { clock, onEvent } = this.#options;
    const startedAt = clock.monotonic();
    for (let failures = 1; ; failures++) {
      if (context.ended !== undefined) throw context.ended;
      const { sent } = progress;
      progress.sent = true;
      try {
        const { url, ...init } = request();
        const response = await this.#fetch(url, { ...init, redirect: "manual", signal: context.signal });
        this.#lastError = undefined;
        return response;
      } catch (error) {
        if (context.ended !== undefined) throw context.ended;
        const fault = fetchFault(error);
        if (findFailure(fault)?.fault !== "not-connected") throw fault;
        this.#lastError = error;
        progress.sent = sent;
        const delayMs = backoffMs(RECONNECT, failures, clock);
        onEvent?.({ type: "connect-failed", reason: fault.rawMessage, delayMs });
        this.#checkTime(clock.monotonic() + delayMs - startedAt, error);
        await sleepWithin(context, delayMs, clock);
      }
    }
  }

  #checkTime(elapsedMs: number, cause: unknown): void {
    const { origin, connectTimeoutMs } = this.#options;
    if (elapsedMs < connectTimeoutMs) return;
    const message = `No connection to ${origin} within ${connectTimeoutMs} ms: ${toReason(cause)}`;
    throw faultError("not-connected", message, { cause });
  }
}
