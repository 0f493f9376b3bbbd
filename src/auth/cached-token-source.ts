import { type Backoff, backoffMs } from "../shared/backoff.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { requireString } from "../shared/invalid-option.ts";
import { abortable, sleep } from "../shared/sleep.ts";
import { AuthError } from "./auth-error.ts";
import { tell } from "./auth-event.ts";
import type { AuthContext } from "./auth-method.ts";
import type { AccessToken, GetTokenOptions, TokenSource } from "./token-source.ts";

/** How long one request for a token may take. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How long a caller without a usable token waits for the next attempt after attempts that failed. */
const PATIENCE_MS = 30_000;
/** A token is replaced so long before its end, or at 80 % of its lifetime if that is later. */
const REFRESH_WINDOW_MS = 120_000;
/** How long to wait after failures in a row. The floor protects the server. */
const BACKOFF: Backoff = { minMs: 1_000, baseMs: 2_000, maxMs: 30_000 };
/** A longer Retry-After is cut, so that one odd answer cannot shut a client out for days. */
const MAX_RETRY_AFTER_MS = 300_000;

/** What a {@link FetchToken} is told. */
export interface FetchTokenOptions {
  /** Aborts when the request has taken too long. */
  readonly signal: AbortSignal;
  /** The token that the server has refused, where this is the reason to ask for another one. */
  readonly rejected?: string | undefined;
}

/**
 * Obtains a new token, from a server or by signing. An {@link AuthError} tells by `retryable` whether to ask
 * again for callers who wait; any other error reaches them at once.
 */
export type FetchToken = (options: FetchTokenOptions) => Promise<AccessToken>;

/** Settings of {@link cachedTokenSource}. */
export interface CachedTokenSourceOptions {
  /**
   * Whether the credential is another one than at the last fetch. Asked after an error that is not retryable,
   * to try again at once. Default: never.
   */
  readonly credentialChanged?: (() => Promise<boolean>) | undefined;
}

/**
 * Makes a token source of a function that obtains tokens.
 *
 * - Single flight: at most one `fetchToken` runs, for any number of callers. It is given 10 s; a caller who
 *   aborts ends only its own wait.
 * - A token is used to its end, and replaced in the background from `min(120 s, 20 % of its lifetime)` before
 *   that, jittered, while the old one serves. No timer runs for this: a call that finds the time come starts it.
 * - Age is the larger of what the monotonic and the wall clock say, so that neither a stepped clock nor a
 *   suspended machine makes an expired token look valid. A token without `expiresAt` is used until rejected.
 * - A rejected token is replaced only if it is still the current one; who reports an older one gets the current
 *   one. While the replacement is on its way, others wait for it. If it fails, who reported gets the error, and
 *   others the old token while that is unexpired: Zitadel's 401s can be transient. A token that has only just
 *   replaced a rejected one is returned as it is (1 s after the first rejection in a row, then 2 s, up to
 *   30 s), so that an account that is always refused does not ask for a token with each call.
 * - After a failure no request is made for a random time of at least 1 s, growing to 30 s, or for as long as
 *   the server's Retry-After says (at most 5 min). A valid token is served all the while. Callers without one
 *   wait up to 30 s for an error that is retryable to go away, and get any other error at once.
 */
export function cachedTokenSource(
  context: Pick<AuthContext, "origin" | "clock" | "onEvent">,
  fetchToken: FetchToken,
  options: CachedTokenSourceOptions = {},
): TokenSource {
  return new CachedTokenSource(context, fetchToken, options);
}

/** A token with the readings of both clocks when it came; ages and times below are counted from there. */
interface HeldToken {
  readonly value: AccessToken;
  /** Handed to every caller, so that a warm call allocates nothing. */
  readonly promise: Promise<AccessToken>;
  readonly obtainedAt: number;
  readonly obtainedAtWall: number;
  readonly endsAtAge: number;
  /** Below this age a rejection is not acted upon. */
  readonly replaceableAtAge: number;
  /** How many tokens in a row, before this one, were rejected. */
  readonly rejections: number;
  refreshAtAge: number;
  /** The server has refused it and a replacement is on its way. */
  rejected: boolean;
}

interface Failure {
  readonly error: unknown;
  readonly retryable: boolean;
  /** On the monotonic clock. */
  readonly retryAt: number;
  /** Failures in a row, this one included. */
  readonly count: number;
}

class CachedTokenSource implements TokenSource {
  readonly #context: Pick<AuthContext, "origin" | "clock" | "onEvent">;
  readonly #clock: Clock;
  readonly #fetchToken: FetchToken;
  readonly #credentialChanged: (() => Promise<boolean>) | undefined;
  #held: HeldToken | undefined;
  #inFlight: Promise<HeldToken | undefined> | undefined;
  #failure: Failure | undefined;

  constructor(
    context: Pick<AuthContext, "origin" | "clock" | "onEvent">,
    fetchToken: FetchToken,
    options: CachedTokenSourceOptions,
  ) {
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#fetchToken = fetchToken;
    this.#credentialChanged = options.credentialChanged;
  }

  getToken(options?: GetTokenOptions): Promise<AccessToken> {
    const held = this.#held;
    if (held === undefined || held.rejected || options?.rejected === held.value.token)
      return this.#wait(options);
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    const age = this.#age(held);
    if (age >= held.endsAtAge) return this.#wait(options);
    if (age >= held.refreshAtAge && this.#backingOff() === undefined) void this.#refresh(true);
    return held.promise;
  }

  /** The way of a caller for whom no token is at hand. */
  async #wait({ signal, rejected }: GetTokenOptions = {}): Promise<AccessToken> {
    signal?.throwIfAborted();
    const giveUpAt = this.#clock.monotonic() + PATIENCE_MS;
    for (;;) {
      const failure = this.#backingOff();
      if (failure === undefined && rejected !== undefined) this.#reject(rejected);
      const held = this.#usable(rejected);
      if (held !== undefined) return held.value;
      if (failure !== undefined) {
        await this.#waitOut(failure, giveUpAt, signal);
      } else {
        const obtained = await abortable(this.#refresh(false), signal);
        if (obtained !== undefined) return obtained.value;
      }
    }
  }

  /** Waits until another attempt makes sense, or throws the failure if none does in time. */
  async #waitOut(failure: Failure, giveUpAt: number, signal: AbortSignal | undefined): Promise<void> {
    if (failure.retryable && failure.retryAt <= giveUpAt) {
      await sleep(this.#clock, failure.retryAt - this.#clock.monotonic(), signal);
      return;
    }
    const changed = !failure.retryable && (await abortable(this.#hasNewCredential(), signal));
    if (!changed) throw failure.error;
    if (this.#failure === failure) this.#failure = undefined;
  }

  async #hasNewCredential(): Promise<boolean> {
    return (await this.#credentialChanged?.()) ?? false;
  }

  /** Marks the current token as rejected, if it is the one that was. */
  #reject(token: string): void {
    const held = this.#held;
    if (held === undefined || held.value.token !== token || held.rejected) return;
    held.rejected = this.#age(held) >= held.replaceableAtAge;
    tell(this.#context.onEvent, { type: "token_rejected", replacing: held.rejected });
  }

  /** The current token, unless it is expired or this caller must wait for another one. */
  #usable(rejected: string | undefined): HeldToken | undefined {
    const held = this.#held;
    if (held === undefined || held.rejected) return undefined;
    const age = this.#age(held);
    if (age >= held.endsAtAge) return undefined;
    return held.value.token === rejected && age >= held.replaceableAtAge ? undefined : held;
  }

  #age(held: HeldToken): number {
    return Math.max(this.#clock.monotonic() - held.obtainedAt, this.#clock.now() - held.obtainedAtWall);
  }

  #backingOff(): Failure | undefined {
    const failure = this.#failure;
    return failure !== undefined && this.#clock.monotonic() < failure.retryAt ? failure : undefined;
  }

  /** Asks for a token, or joins who does. Never rejects; undefined after a failure, which is kept. */
  #refresh(background: boolean): Promise<HeldToken | undefined> {
    // The request begins a microtask later: a listener or source that calls back finds it in flight.
    this.#inFlight ??= Promise.resolve()
      .then(() => this.#request(background))
      .then(
        (held) => this.#succeed(held),
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        this.#inFlight = undefined;
      });
    return this.#inFlight;
  }

  async #request(background: boolean): Promise<HeldToken> {
    tell(this.#context.onEvent, { type: "token_requested", background });
    const previous = this.#held;
    const rejected = previous?.rejected === true ? previous.value.token : undefined;
    const startedAt = this.#clock.monotonic();
    const value = await this.#withinTimeout((signal) => this.#fetchToken({ signal, rejected }), background);
    const held = this.#hold(value);
    tell(this.#context.onEvent, {
      type: "token_obtained",
      durationMs: this.#clock.monotonic() - startedAt,
      expiresInMs: Number.isFinite(held.endsAtAge) ? held.endsAtAge : undefined,
    });
    return held;
  }

  async #withinTimeout<T>(work: (signal: AbortSignal) => Promise<T>, background: boolean): Promise<T> {
    const timeout = new AbortController();
    const cancel = this.#clock.setTimer(
      () => timeout.abort(timedOut(this.#context.origin)),
      REQUEST_TIMEOUT_MS,
      !background,
    );
    try {
      return await abortable(work(timeout.signal), timeout.signal);
    } finally {
      cancel();
    }
  }

  #hold(value: AccessToken): HeldToken {
    requireString("cachedTokenSource()", "the token that fetchToken gave", value?.token);
    const obtainedAtWall = this.#clock.now();
    const lifetimeMs =
      value.expiresAt === undefined ? Number.POSITIVE_INFINITY : value.expiresAt - obtainedAtWall;
    if (!(lifetimeMs > 0)) throw expiredOnArrival(this.#context.origin);
    const windowMs = Math.min(REFRESH_WINDOW_MS, 0.2 * lifetimeMs) * (0.5 + 0.5 * Math.random());
    const rejections = this.#held?.rejected === true ? this.#held.rejections + 1 : 0;
    return {
      value,
      promise: Promise.resolve(value),
      obtainedAt: this.#clock.monotonic(),
      obtainedAtWall,
      endsAtAge: lifetimeMs,
      refreshAtAge: lifetimeMs - windowMs,
      replaceableAtAge: rejections === 0 ? 0 : Math.min(30_000, 1_000 * 2 ** (rejections - 1)),
      rejections,
      rejected: false,
    };
  }

  #succeed(held: HeldToken): HeldToken {
    this.#held = held;
    this.#failure = undefined;
    return held;
  }

  #fail(error: unknown): undefined {
    const now = this.#clock.monotonic();
    const known = error instanceof AuthError ? error : undefined;
    const count = (this.#failure?.count ?? 0) + 1;
    const retryInMs = Math.max(
      backoffMs(BACKOFF, count, this.#clock),
      Math.min(known?.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS),
    );
    this.#failure = { error, retryable: known?.retryable ?? false, retryAt: now + retryInMs, count };
    const held = this.#held;
    if (held?.rejected === true) {
      // It may have been refused by mistake: better than none, and due for replacement.
      held.rejected = false;
      held.refreshAtAge = 0;
    }
    const serving = held !== undefined && this.#age(held) < held.endsAtAge;
    tell(this.#context.onEvent, { type: "token_request_failed", error, retryInMs, serving });
    return undefined;
  }
}

function timedOut(origin: string): AuthError {
  const summary = `No token came from ${origin} within ${REQUEST_TIMEOUT_MS / 1_000} s`;
  return new AuthError({ code: "timeout", summary, endpoint: origin });
}

function expiredOnArrival(origin: string): AuthError {
  return new AuthError({
    code: "bad_response",
    summary: `The token that came for ${origin} has already expired`,
    endpoint: origin,
    hint: "Check the token lifetime that is set on the server, and this machine's clock.",
  });
}
