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

/** What a {@link FetchToken} is passed. */
export interface FetchTokenOptions {
  /** Aborts when the request has taken too long. */
  readonly signal: AbortSignal;
  /** The token that the server has rejected, where this is the reason for the request. */
  readonly rejected?: string | undefined;
  /** The token in use until now, which may serve for a while. Default: there is none. */
  readonly current?: AccessToken | undefined;
}

/**
 * Obtains a new token, from a server or by signing. An {@link AuthError} tells by `retryable` whether to try
 * again for callers who wait; any other error reaches them at once.
 */
export type FetchToken = (options: FetchTokenOptions) => Promise<AccessToken>;

/** Settings of {@link cachedTokenSource}. */
export interface CachedTokenSourceOptions {
  /**
   * Whether the credential is another one than at the last fetch. Called after an error that is not retryable,
   * to try again at once. Default: never.
   */
  readonly credentialChanged?: (() => Promise<boolean>) | undefined;
}

/**
 * Makes a token source of a function that obtains tokens.
 *
 * - Single flight: at most one `fetchToken` runs, for any number of callers. It is given 10 s; a caller who
 *   aborts ends only its own wait.
 * - A token is used until it expires, and replaced in the background from `min(120 s, 20 % of its lifetime)` before
 *   that, jittered, while the old one serves. No timer runs for this: a call that finds it due starts it, and in Cloudflare
 *   Workers waits for it.
 * - Age is the larger of what the monotonic and the wall clock say, so that neither a stepped clock nor a
 *   suspended machine makes an expired token look valid. A token without `expiresAt` is used until rejected.
 * - Zitadel's 401s can be transient, so a rejected token goes on serving others until its replacement has come. A
 *   caller who reports it waits for one attempt at a replacement, and gets the reason if that fails or if another
 *   attempt has failed a moment ago. A token that is not the current one is not replaced: its successor is there.
 *   A token that has only just replaced a rejected one is returned as it is (for 1 s after the first rejection in a
 *   row, then 2 s, up to 30 s), so that an account that is always refused does not request a token with each call.
 * - After a failure no request is made for a random time of at least 1 s, growing to 30 s, or for as long as
 *   the server's Retry-After says (at most 5 min). A valid token is served all the while. Callers without one
 *   wait up to 30 s for an error that is retryable to pass, and get any other error at once.
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
  /** Of the last attempt, if it failed. */
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

  /** Where what runs in the background ends with the request, the request waits for it. */
  async #waitForRefresh(
    held: HeldToken,
    refreshed: Promise<HeldToken | FetchFailure>,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken> {
    const outcome = await abortable(refreshed, signal);
    return outcome instanceof HeldToken ? outcome.value : held.value;
  }

  /** For a caller for whom there is no token that is still valid. */
  async #waitForToken(signal: AbortSignal | undefined): Promise<AccessToken> {
    const startedAt = this.#clock.monotonic();
    for (;;) {
      const held = this.#held;
      if (held !== undefined && held.state() !== "expired") return held.value;
      const failure = this.#backingOff();
      if (failure === undefined) {
        const outcome = await abortable(this.#refresh(false), signal);
        if (outcome instanceof HeldToken) return outcome.value;
      } else if (failure.retryable && failure.retryAt <= startedAt + failure.patienceMs) {
        await sleep(this.#clock, Math.max(0, failure.retryAt - this.#clock.monotonic()), signal);
      } else if (!(await this.#mayRetryAtOnce(failure, signal))) {
        throw failure.error;
      }
    }
  }

  /** For a caller whose token, which is still valid, was rejected: one attempt at another one. */
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

  /** Whether the credential that was refused is another one by now. */
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
    // The request begins a microtask later: a listener or source that calls back finds it in flight.
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
    // It may have been rejected by mistake, since 401s of Zitadel can be transient.
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
  const summary = `No token came from ${origin} within ${REQUEST_TIMEOUT_MS / 1_000} s`;
  return new AuthError({ code: "timeout", summary, endpoint: origin });
}

function expiredOnArrival(origin: string): AuthError {
  return new AuthError({
    code: "bad_response",
    summary: `The token that came from ${origin} has already expired`,
    endpoint: origin,
    hint: "Check the token lifetime that is set on the server, and this machine's clock.",
  });
}
