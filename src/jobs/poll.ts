import { Code } from "@connectrpc/connect";
import { ZitadelError } from "../errors/zitadel-error.ts";
import type { Clock } from "../shared/clock.ts";
import { abortable, sleep } from "../shared/sleep.ts";
import { type Observed, UntilError } from "./until-error.ts";
import type { UntilOptions, UntilRead } from "./until-options.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2_000;

/** `until()`, by a clock of the caller's. */
export async function poll<T>(clock: Clock, read: UntilRead<T>, options: UntilOptions<T>): Promise<T> {
  const { holds = isThere, timeoutMs = DEFAULT_TIMEOUT_MS, signal: given } = options;
  if (!(timeoutMs > 0)) throw new TypeError(`timeoutMs: expected a number above 0, got ${timeoutMs}`);
  const timeout = new AbortController();
  const stopTimer = clock.setTimer(() => timeout.abort(), timeoutMs, true);
  const signal = given === undefined ? timeout.signal : AbortSignal.any([given, timeout.signal]);
  let seen: Observed = { attempts: 0, lastSeen: undefined, error: undefined };
  try {
    for (let attempt = 1; ; attempt++) {
      seen = { ...seen, attempts: attempt };
      seen = await abortable(look(read, attempt, signal, seen), signal);
      if (seen.error === undefined && holds(seen.lastSeen as T)) return seen.lastSeen as T;
      await sleep(clock, pauseMs(attempt), signal);
    }
  } catch (error) {
    given?.throwIfAborted();
    throw timeout.signal.aborted ? new UntilError(seen, timeoutMs) : error;
  } finally {
    stopTimer();
  }
}

/** What is seen after one more read. */
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

function isNotFound(error: unknown): boolean {
  return error instanceof ZitadelError && error.code === Code.NotFound;
}

/** Grows by half each time; spread, so that many waits do not read in step. */
function pauseMs(attempts: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** (attempts - 1));
  return pause * (0.75 + Math.random() / 2);
}
