import { inspect } from "node:util";
import { isNotFound } from "../errors/guards.ts";
import { type Clock, LONGEST_TIMER_MS, systemClock } from "../shared/clock.ts";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireFunction,
  requireKnown,
  requireObject,
  requireSignal,
} from "../shared/invalid-option.ts";
import { abortable, sleep } from "../shared/sleep.ts";
import { thrownText } from "../shared/thrown.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2_000;

/** Options of `until()`. */
export interface UntilOptions<T> {
  /** The condition to wait for. Default: the value is not `undefined`, `null` or `false`. */
  readonly holds?: ((value: T) => boolean | PromiseLike<boolean>) | undefined;
  /**
   * How long to wait, in milliseconds; `Infinity` waits forever. Default: 60,000. Zitadel updates its searches within
   * that time, usually in less than 30 ms.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is passed to each read. */
export interface UntilAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  /** Aborts when the time is up: pass it to calls. */
  readonly signal: AbortSignal;
}

/** Reads something. Called again until the result meets the condition. */
export type UntilRead<T> = (attempt: UntilAttempt) => T | PromiseLike<T>;

/** The state of a wait. */
interface Observed {
  readonly attempts: number;
  /** The result of the last successful read. */
  readonly lastSeen: unknown;
  /** Why the last read failed, if it did. */
  readonly error: unknown;
}

const SHORT = { depth: 3, maxArrayLength: 3, breakLength: Number.POSITIVE_INFINITY };
const MAX_LENGTH = 500;

/** The condition of `until()` was not met in time. `cause` is the error of the last read, if it failed. */
export class UntilError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "UntilError";
  override readonly name = "UntilError";
  /** The result of the last successful read; `undefined` if there was none. */
  readonly lastSeen: unknown;
  /** The number of reads. */
  readonly attempts: number;

  /** @internal */
  constructor({ attempts, lastSeen, error }: Observed, timeoutMs: number) {
    const seen = error instanceof Error ? error.message : show(lastSeen).slice(0, MAX_LENGTH);
    super(
      `the condition was not met after ${timeoutMs} ms and ${attempts} reads; last result: ${seen}`,
      error === undefined ? undefined : { cause: error },
    );
    this.lastSeen = lastSeen;
    this.attempts = attempts;
  }
}

function show(value: unknown): string {
  try {
    return inspect(value, SHORT);
  } catch {
    // A custom representation may throw.
    return thrownText(value);
  }
}

/**
 * Reads repeatedly, with growing pauses, until the result meets the condition, and returns that result. Use it to
 * search after a write, since Zitadel's searches lag behind. It waits for an object that does not exist
 * (`isNotFound()`); any other error ends the wait at once, including missing permissions and unknown instances that the
 * server reports as `not_found`.
 *
 * @example
 * ```ts
 * import { until } from "zitadel-connect";
 *
 * const { userId } = await zitadel.user.v2.addHumanUser({
 *   profile: { givenName: "Ada", familyName: "Lovelace" },
 *   email: { email: "ada@example.com" },
 * });
 * const { user } = await until(() => zitadel.user.v2.getUserByID({ userId }));
 * ```
 *
 * @throws UntilError if the condition is not met in time
 * @throws TypeError if an option is invalid
 */
export async function until<T>(
  read: UntilRead<T>,
  options: UntilOptions<T> & { readonly holds: (value: T) => boolean | PromiseLike<boolean> },
): Promise<T>;
export async function until<T>(
  read: UntilRead<T>,
  options?: UntilOptions<T>,
): Promise<Exclude<T, undefined | null | false>>;
export async function until<T>(read: UntilRead<T>, options: UntilOptions<T> = {}): Promise<T> {
  return await poll(systemClock, read, options);
}

/**
 * `until()` with an injected clock.
 *
 * @internal
 */
export async function poll<T>(clock: Clock, read: UntilRead<T>, options: UntilOptions<T>): Promise<T> {
  const { holds = isThere, timeoutMs = DEFAULT_TIMEOUT_MS, signal: given } = options;
  checkOptions("until()", () => check(options, timeoutMs));
  const timeout = new AbortController();
  const stopTimer = setLongTimer(clock, () => timeout.abort(), timeoutMs);
  const signal = given === undefined ? timeout.signal : AbortSignal.any([given, timeout.signal]);
  let seen: Observed = { attempts: 0, lastSeen: undefined, error: undefined };
  try {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      seen = { ...seen, attempts: attempt };
      const looking = look(read, attempt, signal, seen);
      // Handles its rejection if the wait ends first.
      looking.catch(() => {});
      seen = await abortable(looking, signal);
      if (seen.error === undefined && (await holds(seen.lastSeen as T))) return seen.lastSeen as T;
      await sleep(clock, pauseMs(attempt, clock), signal);
    }
  } catch (error) {
    given?.throwIfAborted();
    throw timeout.signal.aborted ? new UntilError(seen, timeoutMs) : error;
  } finally {
    stopTimer();
  }
}

const KNOWN: Record<keyof UntilOptions<unknown>, true> = { holds: true, timeoutMs: true, signal: true };

function check(options: UntilOptions<never>, timeoutMs: unknown): void {
  requireObject("its second argument", options, "{ holds, timeoutMs }");
  requireKnown("", options, KNOWN);
  requireFunction("holds", options.holds);
  requireSignal("signal", options.signal);
  if (typeof timeoutMs === "number" && timeoutMs > 0) return;
  const seen = typeof timeoutMs === "number" ? String(timeoutMs) : describe(timeoutMs);
  throw invalidOption("timeoutMs", seen, "a number above 0");
}

/** The state after one more read. */
async function look<T>(
  read: UntilRead<T>,
  attempt: number,
  signal: AbortSignal,
  seen: Observed,
): Promise<Observed> {
  try {
    return { attempts: attempt, lastSeen: await read({ attempt, signal }), error: undefined };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { ...seen, error };
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** Grows by half each time, with jitter, so that concurrent waits do not all read at the same moment. */
function pauseMs(attempts: number, clock: Clock): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** (attempts - 1));
  return pause * (0.75 + clock.random() / 2);
}

/** Sets a timer of any length, even an infinite one. It keeps the process alive. */
function setLongTimer(clock: Clock, callback: () => void, ms: number): () => void {
  const step = Math.min(ms, LONGEST_TIMER_MS);
  let cancel = clock.setTimer(
    () => {
      if (step === ms) callback();
      else cancel = setLongTimer(clock, callback, ms - step);
    },
    step,
    true,
  );
  return () => cancel();
}
