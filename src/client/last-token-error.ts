import type { AuthEventListener } from "../auth/auth-event.ts";
import type { SentToken } from "./sent-token.ts";

/** Why there is currently no token, if there is none. */
export interface LastTokenError {
  readonly current: unknown;
  /** Learns from the events of tokens. */
  readonly listener: AuthEventListener;
}

/**
 * Remembers why there is no token. Otherwise a call that waits for one until its deadline would only report the deadline.
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
