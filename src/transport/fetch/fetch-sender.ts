import type { ConnectError } from "@connectrpc/connect";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { WaitReason } from "../call.ts";
import { sleepWithin } from "../context/call-context.ts";
import { isVerification, RECONNECT, toReason } from "../dial/dial-error.ts";
import type { OnTransportEvent } from "../events.ts";
import { faultError, findFailure } from "../faults.ts";
import type { EncodedRequest } from "../protocol/wire-format.ts";

/** The second argument of a {@link Fetch}. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Following a redirect would send the token along. */
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** Sends a request, as the `fetch` of the platform does. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** A request to send. */
export interface FetchRequest extends Omit<FetchInit, "redirect" | "signal"> {
  readonly url: string;
}

export interface FetchSenderOptions {
  readonly origin: string;
  /** How long a request waits for a connection, in milliseconds, if `fetch` reports that there is none. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
}

/** Sends requests with `fetch`, and turns what it throws into faults. */
export class FetchSender {
  readonly #fetch: Fetch;
  readonly #options: FetchSenderOptions;
  #lastError: unknown;

  constructor(fetch: Fetch, options: FetchSenderOptions) {
    this.#fetch = fetch;
    this.#options = options;
  }

  /** What requests are waiting for, if any are. */
  whyWaiting(): WaitReason | undefined {
    if (this.#lastError === undefined) return undefined;
    const message = `no connection to ${this.#options.origin}: ${toReason(this.#lastError)}`;
    return { connected: false, message, cause: this.#lastError };
  }

  /** Resolves with the headers of the response. Retries while no connection can be made, since nothing has been sent. */
  async send(
    request: () => FetchRequest,
    { context, progress }: Pick<EncodedRequest, "context" | "progress">,
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

/** The codes that Node and Bun use if no connection was made. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/**
 * The error of a `fetch` without a response. If Node reports that no connection was made, nothing was sent. Cloudflare
 * Workers and browsers use the same message for lost connections, so there it proves nothing.
 */
export function fetchFault(error: unknown): ConnectError {
  const verification = causes(error).find(isVerification);
  if (verification !== undefined) {
    return faultError("connection-rejected", `TLS: ${verification.message}`, { cause: error });
  }
  const fault = isUnconnected(error) ? "not-connected" : "connection-lost";
  return faultError(fault, toReason(error), { cause: error });
}

/** The error of a body that ended early. */
export function bodyFault(cause: unknown): ConnectError {
  return faultError("truncated-response", `The response was cut short (${toReason(cause)})`, { cause });
}

function isUnconnected(error: unknown): boolean {
  // It has an error for each address of the host.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnconnected);
  return causes(error).some((cause) =>
    cause instanceof AggregateError ? isUnconnected(cause) : "code" in cause && UNCONNECTED.has(cause.code),
  );
}

/** An error and what caused it. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
