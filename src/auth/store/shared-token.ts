import type { Clock } from "../../shared/clock.ts";
import { sleep, withinTimeout } from "../../shared/sleep.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";
import type { AccessToken } from "../token-source.ts";
import { type TokenBinding, TokenSeal } from "./sealed-token.ts";
import type { StoreOperation, TokenStore } from "./token-store.ts";

/** How long one operation of a store may take, and how many timers measure that. After that, it counts as failed. */
const OPERATION_TIMEOUT_MS = 500;
const TIMEOUT_STEPS = 5;
/** How long to wait for a token that another process is requesting, before requesting one: the sum of the pauses. */
const MAX_WAIT_MS = 5_000;
/** The longest time that a process that died holding a lock can delay others: as long as a request may take. */
const LOCK_TTL_MS = 10_000;
/** How often a waiting process checks: the interval doubles from the first to the second. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 400;
/** A stored token that expires sooner is not used. */
const MIN_LIFETIME_MS = 10_000;

/** The store of a client, with its clock and listener. */
export interface TokenSharing {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly onEvent: AuthEventListener | undefined;
}

/** How to obtain a token. */
export interface SharedTokenRequest {
  readonly binding: TokenBinding;
  /** The current token, which is to be replaced. */
  readonly current: AccessToken | undefined;
  readonly signal: AbortSignal;
  readonly request: () => Promise<AccessToken>;
}

/**
 * Takes the token that another process has obtained, or obtains one for all: the process with the lock requests it, the
 * others check until it is there. If the store fails in any way, the token is requested as if there were no store.
 */
export async function obtainShared(
  sharing: TokenSharing,
  { binding, current, signal, request }: SharedTokenRequest,
): Promise<AccessToken> {
  const { clock, onEvent } = sharing;
  const seal = new TokenSeal(binding);
  const entry = new StoreEntry(sharing, seal.name);
  const find = async (): Promise<AccessToken | undefined> => {
    const token = seal.open(await entry.get());
    return token !== undefined && isUsable(token, current, clock.now()) ? token : undefined;
  };
  const found = (await find()) ?? (await waitForTurn(entry, { clock, signal, find }));
  if (found !== undefined) {
    void entry.unlock();
    emit(onEvent, { type: "token-shared" });
    return found;
  }
  try {
    const token = await request();
    const ttlMs = Math.floor((token.expiresAt ?? 0) - clock.now());
    if (ttlMs > MIN_LIFETIME_MS) await entry.set(seal.seal(token), ttlMs);
    return token;
  } finally {
    void entry.unlock();
  }
}

/** Whether a stored token is newer than the current one, and not about to expire. */
function isUsable({ token, expiresAt }: AccessToken, current: AccessToken | undefined, now: number): boolean {
  if (expiresAt === undefined || expiresAt - now < MIN_LIFETIME_MS || token === current?.token) return false;
  return current?.expiresAt === undefined || expiresAt > current.expiresAt;
}

interface Turn {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly find: () => Promise<AccessToken | undefined>;
}

/** Waits for the lock, or for the token that its holder obtains. Returns undefined when it is time to request a token. */
async function waitForTurn(
  entry: StoreEntry,
  { clock, signal, find }: Turn,
): Promise<AccessToken | undefined> {
  let waitedMs = 0;
  for (let longestMs = FIRST_PAUSE_MS; ; longestMs = Math.min(2 * longestMs, LONGEST_PAUSE_MS)) {
    const isMine = await entry.lock();
    // Checks even with the lock: its last holder may have stored a token since the last check.
    const found = await find();
    if (found !== undefined || isMine || waitedMs >= MAX_WAIT_MS) return found;
    const pauseMs = longestMs * (0.5 + 0.5 * clock.random());
    await sleep(clock, pauseMs, signal);
    waitedMs += pauseMs;
  }
}

/** The entry of a token in a store, for one request. After a failure, the store is not used again. */
class StoreEntry {
  readonly #sharing: TokenSharing;
  readonly #name: string;
  #failed = false;
  #release: (() => Promise<void>) | undefined;

  constructor(sharing: TokenSharing, name: string) {
    this.#sharing = sharing;
    this.#name = name;
  }

  get(): Promise<string | undefined> {
    return this.#run("get", (store) => store.get(this.#name), undefined);
  }

  set(value: string, ttlMs: number): Promise<void> {
    return this.#run("set", (store) => store.set(this.#name, value, { ttlMs }), undefined);
  }

  /** Whether this process should request the token. */
  lock(): Promise<boolean> {
    const take = async (store: TokenStore): Promise<boolean> => {
      if (store.lock === undefined) return true;
      this.#release = await store.lock(this.#name, { ttlMs: LOCK_TTL_MS });
      return this.#release !== undefined;
    };
    return this.#run("lock", take, true);
  }

  async unlock(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    if (release !== undefined) await this.#run("unlock", release, undefined);
  }

  async #run<T>(
    operation: StoreOperation,
    work: (store: TokenStore) => Promise<T>,
    otherwise: T,
  ): Promise<T> {
    if (this.#failed) return otherwise;
    const { store, clock, onEvent } = this.#sharing;
    const error = () => new Error(`no result within ${OPERATION_TIMEOUT_MS} ms`);
    const limit = { ms: OPERATION_TIMEOUT_MS, error, steps: TIMEOUT_STEPS };
    try {
      // A user's store may throw instead of rejecting.
      return await withinTimeout(clock, limit, async () => await work(store));
    } catch (error) {
      this.#failed = true;
      emit(onEvent, { type: "token-store-failed", operation, error });
      return otherwise;
    }
  }
}
