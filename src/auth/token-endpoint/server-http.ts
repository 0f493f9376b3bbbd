import { type Clock, systemClock } from "../../shared/clock.ts";
import { HttpError, type HttpRequest, type HttpResponse } from "../../shared/http-client.ts";
import { redact } from "../../shared/redact.ts";
import { findNews } from "../../shared/thrown.ts";
import { AuthError } from "../auth-error.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";
import { isSuccess, type ResponseContext, toAuthError } from "./response-error.ts";

/** A parsed response, and how long it took. */
export interface Timed<T> {
  readonly value: T;
  readonly elapsedMs: number;
}

/** Sends HTTP requests to an authorization server. Learns its time from every response; without one, throws an AuthError. */
export class ServerHttp {
  readonly clock: ServerClock;
  readonly #context: AuthContext;
  readonly #localClock: Clock;

  constructor(context: AuthContext) {
    this.#context = context;
    this.#localClock = context.clock ?? systemClock;
    this.clock = new ServerClock(this.#localClock, context.onEvent);
  }

  /** Sends a request, and parses the response if its status is 2xx. */
  async request<T>(
    request: HttpRequest,
    context: ResponseContext,
    parse: (response: HttpResponse, context: ResponseContext) => T,
  ): Promise<Timed<T>> {
    const { value: response, elapsedMs } = await this.send(request, context);
    if (!isSuccess(response)) throw toAuthError(response, context, this.#localClock.now());
    return { value: parse(response, context), elapsedMs };
  }

  /** Gets a public resource. */
  async get<T>(
    endpoint: string,
    { action, signal }: { readonly action: string; readonly signal: AbortSignal },
    parse: (response: HttpResponse, context: ResponseContext) => T,
  ): Promise<T> {
    const context = { endpoint, action, secrets: [], hasWorked: false, hasAssertion: false };
    return (await this.request({ method: "GET", url: endpoint, signal }, context, parse)).value;
  }

  /** Sends a request. Resolves for any status. */
  async send(request: HttpRequest, context: ResponseContext): Promise<Timed<HttpResponse>> {
    const startedAt = this.#localClock.monotonic();
    try {
      const headers = { accept: "application/json", ...request.headers };
      const value = await this.#context.http({ ...request, headers });
      const elapsedMs = this.#localClock.monotonic() - startedAt;
      this.clock.observe(value.headers, elapsedMs);
      return { value, elapsedMs };
    } catch (cause) {
      throw noResponse(cause, request.signal, context);
    }
  }
}

function noResponse(
  cause: unknown,
  signal: AbortSignal,
  { action, endpoint, secrets }: ResponseContext,
): AuthError {
  const words = cause instanceof Error ? cause.message || ("code" in cause && String(cause.code)) : "";
  return new AuthError({
    code: signal.aborted ? "timeout" : "unreachable",
    summary: `${action} to ${endpoint} got no response`,
    description: words ? redact(words, secrets) : undefined,
    endpoint,
    retryable: signal.aborted || !(cause instanceof HttpError) || cause.retryable,
    maxWaitMs: cause instanceof HttpError && cause.nothingListens ? 0 : undefined,
    cause: findNews(words || "", cause),
  });
}

/** The `Date` header counts whole seconds. */
const RESOLUTION_MS = 1_000;

/** The server's wall clock, estimated from its `Date` headers (RFC 9110 section 6.6.1). */
export class ServerClock {
  readonly #clock: Clock;
  readonly #onEvent: AuthEventListener | undefined;
  #skewMs = 0;

  constructor(clock: Clock, onEvent: AuthEventListener | undefined) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** How far the server's clock is ahead of ours, in milliseconds; negative if behind. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Milliseconds since the epoch, on the server's clock. */
  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  /** Learns from a response that has just arrived and took `durationMs`. */
  observe(headers: Headers, durationMs: number): void {
    const date = Date.parse(headers.get("date") ?? "");
    // With `Age`, the response comes from a cache, and the date is old.
    if (Number.isNaN(date) || headers.has("age")) return;
    const receivedAt = this.#clock.now();
    const least = date - receivedAt;
    const most = date + RESOLUTION_MS - (receivedAt - durationMs);
    if (least <= this.#skewMs && this.#skewMs <= most) return;
    this.#skewMs = least <= 0 && 0 <= most ? 0 : Math.round((least + most) / 2);
    emit(this.#onEvent, { type: "clock-skew-learned", skewMs: this.#skewMs });
  }
}
