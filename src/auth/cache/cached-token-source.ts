import { type Clock, systemClock } from "../../shared/clock.ts";
import { checkOptions, requireFunction, requireKnown, requireObject } from "../../shared/invalid-option.ts";
import { SingleFlight } from "../../shared/single-flight.ts";
import { abortable, sleep, withinTimeout } from "../../shared/sleep.ts";
import { AuthError } from "../auth-error.ts";
import { emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";
import type { AccessToken, GetTokenOptions, TokenSource } from "../token-source.ts";
import { requireAccessToken } from "./checked-token-source.ts";
import { FetchFailure, HeldToken } from "./token-state.ts";

/** How long one request for a token may take. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The argument of a {@link FetchToken}. */
export interface FetchTokenOptions {
  /** Aborts when the request has taken too long. */
  readonly signal: AbortSignal;
  /** The token that the server has rejected, if that is the reason for the request. */
  readonly rejected?: string | undefined;
  /** The current token, which may remain in use for a while. Default: none. */
  readonly current?: AccessToken | undefined;
}

/**
 * Obtains a new token, from a server or by signing. If it fails with an {@link AuthError} that is `retryable`, it is called
 * again for waiting callers; any other error is passed on to them immediately.
 */
export type FetchToken = (options: FetchTokenOptions) => Promise<AccessToken>;

/** Settings of {@link cachedTokenSource}. */
export interface CachedTokenSourceOptions {
  /**
   * Whether the credential has changed since the last fetch. Called after an error that is not retryable, to try again
   * immediately. Default: never.
   */
  readonly credentialChanged?: (() => Promise<boolean>) | undefined;
}

/**
 * Creates a token source from a function that obtains tokens.
 *
 * - Single flight: at most one `fetchToken` runs, for any number of callers. It may take 10 s. A caller that aborts only
 *   ends its own wait.
 * - A token is used until it expires. From `min(120 s, 20% of its lifetime)` before that, with jitter, it is refreshed in
 *   the background while calls go on using it. There is no timer: the first call after that time starts the refresh, and in
 *   Cloudflare Workers waits for it.
 * - The age of a token is the larger of what the monotonic and the wall clock show, so that neither a stepped clock nor a
 *   suspended machine makes an expired token look valid. A token without `expiresAt` is used until it is rejected.
 * - Zitadel's 401s can be transient, so a rejected token stays in use for other calls until its replacement arrives. A
 *   caller that reports a rejection waits for one attempt to replace the token, and gets the error if that fails, or if
 *   another attempt has just failed. If the rejected token is no longer the current one, the current one is returned. A
 *   token that has only just replaced a rejected one is returned as it is (for 1 s after the first rejection in a row, then
 *   2 s, up to 30 s), so that an account that is always rejected does not request a token for each call.
 * - After a failure, no request is made for a random time of at least 1 s, growing to 30 s, or as long as `Retry-After`
 *   says (at most 5 min). A valid token stays in use meanwhile. Without one, callers wait up to 30 s if the error is
 *   retryable, and get any other error immediately.
 *
 * @example
 * ```ts
 * import { type AuthMethod, cachedTokenSource, createZitadel } from "zitadel-connect";
 *
 * const broker: AuthMethod = (context) =>
 *   cachedTokenSource(context, async ({ signal }) => {
 *     const response = await fetch("http://localhost:9000/token", { signal });
 *     const { token, expiresAt } = (await response.json()) as { token: string; expiresAt: number };
 *     return { token, expiresAt };
 *   });
 * const zitadel = createZitadel({ auth: broker });
 * ```
 */
export function cachedTokenSource(
  context: Pick<AuthContext, "origin" | "clock" | "onEvent">,
  fetchToken: FetchToken,
  options: CachedTokenSourceOptions = {},
): TokenSource {
  checkOptions("cachedTokenSource()", () => {
    requireObject("its first argument", context, "the context that a method is passed");
    requireFunction("its second argument", fetchToken ?? null);
    requireKnown("", options, { credentialChanged: true });
  });
  return new CachedTokenSource(context, fetchToken, options);
}

class CachedTokenSource implements TokenSource {
  readonly #context: Pick<AuthContext, "origin" | "clock" | "onEvent">;
  readonly #clock: Clock;
  readonly #fetchToken: FetchToken;
  readonly #credentialChanged: (() => Promise<boolean>) | undefined;
  #held: HeldToken | undefined;
  readonly #requests: SingleFlight<HeldToken | FetchFailure>;
  /** The failure of the last attempt, if it failed. */
  #failure: FetchFailure | undefined;

  constructor(
    context: Pick<AuthContext, "origin" | "clock" | "onEvent">,
    fetchToken: FetchToken,
    options: CachedTokenSourceOptions,
  ) {
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#requests = new SingleFlight(this.#clock);
    this.#fetchToken = fetchToken;
    this.#credentialChanged = options.credentialChanged;
  }

  getToken(options?: GetTokenOptions): Promise<AccessToken> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    const held = this.#held;
    const state = held?.state() ?? "expired";
    if (held === undefined || state === "expired") return this.#waitForToken(options?.signal);
    if (options?.rejected === held.value.token) return this.#replace(held, options.signal);
    if (state === "due" && this.#backingOff() === undefined) {
      const refreshed = this.#refresh(true);
      if (this.#clock.requestBound === true) return this.#waitForRefresh(held, refreshed, options?.signal);
    }
    return held.promise;
  }

  /** Waits for the refresh, on platforms where background work ends with the request. */
  async #waitForRefresh(
    held: HeldToken,
    refreshed: Promise<HeldToken | FetchFailure>,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken> {
    const outcome = await abortable(refreshed, signal);
    return outcome instanceof HeldToken ? outcome.value : held.value;
  }

  /** Waits for a token if there is no valid one. */
  async #waitForToken(signal: AbortSignal | undefined): Promise<AccessToken> {
    const startedAt = this.#clock.monotonic();
    for (;;) {
      const held = this.#held;
      if (held !== undefined && held.state() !== "expired") return held.value;
      const failure = this.#backingOff();
      if (failure === undefined) {
        await abortable(this.#refresh(false), signal);
      } else if (failure.retryable && failure.retryAt <= startedAt + failure.maxWaitMs) {
        await sleep(this.#clock, Math.max(0, failure.retryAt - this.#clock.monotonic()), signal);
      } else if (!(await this.#mayRetryAtOnce(failure, signal))) {
        throw failure.error;
      }
    }
  }

  /** Makes one attempt to replace a token that was rejected before it expired. */
  async #replace(held: HeldToken, signal: AbortSignal | undefined): Promise<AccessToken> {
    const failure = this.#backingOff();
    if (failure !== undefined && !(await this.#mayRetryAtOnce(failure, signal))) throw failure.error;
    if (this.#held !== held) return this.getToken({ signal });
    this.#markRejected(held);
    if (!held.rejected) return held.value;
    const outcome = await abortable(this.#refresh(false), signal);
    if (outcome instanceof HeldToken) return outcome.value;
    if (held.state() === "expired") return this.#waitForToken(signal);
    throw outcome.error;
  }

  #markRejected(held: HeldToken): void {
    if (held.rejected) return;
    held.rejected = held.isReplaceable();
    emit(this.#context.onEvent, { type: "token-rejected", replacing: held.rejected });
  }

  /** Whether the credential has changed since it was refused. */
  async #mayRetryAtOnce(failure: FetchFailure, signal: AbortSignal | undefined): Promise<boolean> {
    if (failure.retryable || this.#credentialChanged === undefined) return false;
    if (!(await abortable(this.#credentialChanged(), signal))) return false;
    if (this.#failure === failure) this.#failure = undefined;
    return true;
  }

  #backingOff(): FetchFailure | undefined {
    const failure = this.#failure;
    return failure !== undefined && this.#clock.monotonic() < failure.retryAt ? failure : undefined;
  }

  /** Requests a token, or joins the request that is in flight. Never rejects. */
  #refresh(background: boolean): Promise<HeldToken | FetchFailure> {
    // The request starts in a microtask, so that a listener or source that calls getToken() finds it in flight.
    return this.#requests.run(() =>
      Promise.resolve()
        .then(() => this.#request(background))
        .then(
          (held) => this.#succeed(held),
          (error: unknown) => this.#fail(error),
        ),
    );
  }

  async #request(background: boolean): Promise<HeldToken> {
    emit(this.#context.onEvent, { type: "token-requested", background });
    const current = this.#held?.value;
    const rejected = this.#held?.rejected === true ? current?.token : undefined;
    const startedAt = this.#clock.monotonic();
    const limit = {
      ms: REQUEST_TIMEOUT_MS,
      error: () => timedOut(this.#context.origin),
      keepAlive: !background,
    };
    const value = await withinTimeout(this.#clock, limit, (signal) =>
      this.#fetchToken({ signal, rejected, current }),
    );
    requireAccessToken("The function given to cachedTokenSource()", value);
    const held = new HeldToken(value, this.#clock, this.#held);
    if (held.state() === "expired") throw expiredOnArrival(this.#context.origin);
    emit(this.#context.onEvent, {
      type: "token-obtained",
      durationMs: this.#clock.monotonic() - startedAt,
      expiresInMs: Number.isFinite(held.lifetimeMs) ? held.lifetimeMs : undefined,
    });
    return held;
  }

  #succeed(held: HeldToken): HeldToken {
    this.#held = held;
    this.#failure = undefined;
    return held;
  }

  #fail(error: unknown): FetchFailure {
    const held = this.#held;
    const failure = new FetchFailure(error, this.#clock, this.#failure);
    this.#failure = failure;
    const rejected = held?.rejected === true;
    // The rejection may have been wrong, since Zitadel's 401s can be transient.
    if (held !== undefined) held.rejected = false;
    emit(this.#context.onEvent, {
      type: "token-request-failed",
      error,
      retryInMs: failure.retryInMs,
      serving: held !== undefined && held.state() !== "expired",
      rejected,
    });
    return failure;
  }
}

function timedOut(origin: string): AuthError {
  const summary = `Got no token from ${origin} within ${REQUEST_TIMEOUT_MS / 1_000} s`;
  return new AuthError({ code: "timeout", summary, endpoint: origin });
}

function expiredOnArrival(origin: string): AuthError {
  return new AuthError({
    code: "bad_response",
    summary: `The token from ${origin} has already expired`,
    endpoint: origin,
    hint: "Check the token lifetime that is set on the server, and this machine's clock.",
  });
}
