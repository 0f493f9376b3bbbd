import type { AuthEventListener } from "../auth/auth-event.ts";

/** Why there is no token at the moment, if there is none. */
export interface TokenTrouble {
  readonly current: unknown;
  /** Learns from what happens to tokens. */
  readonly listener: AuthEventListener;
}

/**
 * Remembers why tokens fail. A call that waits for a token until its time is up would otherwise tell of its deadline
 * only.
 */
export function createTokenTrouble(): TokenTrouble {
  let current: unknown;
  return {
    get current() {
      return current;
    },
    listener(event) {
      if (event.type === "token_obtained") current = undefined;
      else if (event.type === "token_request_failed" && !event.serving) current = event.error;
    },
  };
}
