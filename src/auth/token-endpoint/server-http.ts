import { type Clock, systemClock } from "../../shared/clock.ts";
import { HttpError, type HttpRequest, type HttpResponse } from "../../shared/http-client.ts";
import { redact } from "../../shared/redact.ts";
import { findNews } from "../../shared/thrown.ts";
import { AuthError } from "../auth-error.ts";
import type { AuthContext } from "../auth-method.ts";
import { isSuccess, type ResponseContext, toAuthError } from "./response-error.ts";
import { ServerClock } from "./server-clock.ts";

/** A successful response that was read, and how long it took to come. */
export interface Timed<T> {
  readonly value: T;
  readonly elapsedMs: number;
}

/** HTTP with an authorization server: every response tells its time, and no response is an AuthError. */
export class ServerHttp {
  readonly clock: ServerClock;
  readonly #context: AuthContext;
  readonly #localClock: Clock;

  constructor(context: AuthContext) {
    this.#context = context;
    this.#localClock = context.clock ?? systemClock;
    this.clock = new ServerClock(this.#localClock, context.onEvent);
  }

  /** Sends a request and reads the response with `parse`, if its status is one of success. */
  async request<T>(
    request: HttpRequest,
    context: ResponseContext,
    parse: (response: HttpResponse, context: ResponseContext) => T,
  ): Promise<Timed<T>> {
    const { value: response, elapsedMs } = await this.exchange(request, context);
    if (!isSuccess(response)) throw toAuthError(response, context);
    return { value: parse(response, context), elapsedMs };
  }

  /** Gets what is public. */
  async get<T>(
    endpoint: string,
    { action, signal }: { readonly action: string; readonly signal: AbortSignal },
    parse: (response: HttpResponse, context: ResponseContext) => T,
  ): Promise<T> {
    const context = { endpoint, action, secrets: [], hasWorked: false, hasAssertion: false };
    return (await this.request({ method: "GET", url: endpoint, signal }, context, parse)).value;
  }

  /** Sends a request; any status is a response. */
  async exchange(request: HttpRequest, context: ResponseContext): Promise<Timed<HttpResponse>> {
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
    patienceMs: cause instanceof HttpError && cause.nothingListens ? 0 : undefined,
    cause: findNews(words || "", cause),
  });
}
