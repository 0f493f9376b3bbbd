import type { Clock } from "../../shared/clock.ts";
import { sleep } from "../../shared/sleep.ts";
import { AuthError, type AuthErrorCode } from "../auth-error.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";

/**
 * How long a new credential may be unknown to the server. Zitadel looks up credentials in a projection, which lags behind:
 * usually by about 20 ms, sometimes by up to 1.7 s.
 */
const GRACE_MS = 2_000;
/** The pause before the first retry; doubles up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;

/** A request with a credential. */
interface CredentialUse {
  /** Identifies the credential. */
  readonly id: string;
  /** The endpoint's errors for what it does not know. */
  readonly refusals: readonly AuthErrorCode[];
  readonly signal: AbortSignal;
}

/** Retries requests with a credential that has not worked yet in this process, as it may be too new to be known. */
export class NewCredential {
  readonly #clock: Clock;
  readonly #onEvent: AuthEventListener | undefined;
  /** The credential that worked last. */
  #known: string | undefined;

  constructor(clock: Clock, onEvent: AuthEventListener | undefined) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Whether a request with this credential has succeeded. */
  hasWorked(id: string): boolean {
    return this.#known === id;
  }

  /** Makes a request. While it is refused, retries for about two seconds, unless the credential has worked before. */
  async request<T>({ id, refusals, signal }: CredentialUse, attempt: () => Promise<T>): Promise<T> {
    const giveUpAt = this.#clock.monotonic() + GRACE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const result = await attempt();
        this.#known = id;
        return result;
      } catch (error) {
        const leftMs = giveUpAt - this.#clock.monotonic();
        if (leftMs <= 0 || this.hasWorked(id) || !mayBeUnknownYet(error, refusals)) throw error;
        const retryInMs = Math.min(pauseMs, leftMs);
        emit(this.#onEvent, { type: "credential-refused", error, retryInMs });
        await sleep(this.#clock, retryInMs, signal);
      }
    }
  }
}

/**
 * Whether the reason may be that the credential is new: the assertion of a new key is invalid, a new secret does not exist
 * yet, or is compared with the previous one.
 */
function mayBeUnknownYet(error: unknown, refusals: readonly AuthErrorCode[]): boolean {
  if (!(error instanceof AuthError)) return false;
  const { code, description = "" } = error;
  if (refusals.includes(code)) return true;
  return code === "invalid_request" && description.startsWith("Errors.User.Machine.Secret.");
}
