import type { AuthEventListener } from "../auth/auth-event.ts";
import type { SentToken } from "./sent-token.ts";

/** Why there is no token at the moment, if there is none. */
export interface LastTokenError {
  readonly current: unknown;
  /** Learns from what happens to tokens. */
  readonly listener: AuthEventListener;
}

/**
 * Remembers why tokens fail. A call that waits for a token until its deadline would otherwise tell of its deadline
 * only.
 */
export function createLastTokenError(sent: SentToken): LastTokenError {
  let current: unknown;
  let hasToken = false;
  return {
    get current() {
      return current;
    },
    listener(event) {
      if (event.type === "token-obtained") {
        current = undefined;
        hasToken = true;
      } else if (event.type === "token-request-failed" && !event.serving) {
        current = sent.hideInError(event.error);
        hasToken = false;
      } else if (event.type === "credential-refused" && !hasToken) {
        current = sent.hideInError(event.error);
      }
    },
  };
}
