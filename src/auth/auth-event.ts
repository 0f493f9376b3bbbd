/** A step in the life of a token. For logs and metrics; holds no secret. */
export type AuthEvent =
  /** A token is being asked for, or signed. In the background, the old token serves meanwhile. */
  | { readonly type: "token_requested"; readonly background: boolean }
  /** `expiresInMs` is absent where the lifetime is unknown. */
  | {
      readonly type: "token_obtained";
      readonly durationMs: number;
      readonly expiresInMs?: number | undefined;
    }
  /** No new request before `retryInMs`. `serving` tells whether an older token that is still valid serves. */
  | {
      readonly type: "token_request_failed";
      readonly error: unknown;
      readonly retryInMs: number;
      readonly serving: boolean;
    }
  /** The server refused the current token. It is kept if it has only just replaced a refused one. */
  | { readonly type: "token_rejected"; readonly replacing: boolean }
  /** The server's clock, as its `Date` header tells it, is `skewMs` ahead of ours (behind, if negative). */
  | { readonly type: "clock_skew_learned"; readonly skewMs: number }
  /** A key, secret or token has changed and is used from now on. `source` is the option, with its path. */
  | { readonly type: "credential_reloaded"; readonly source: string }
  /** A key, secret or token could not be read or used; the last good one stays in use. */
  | { readonly type: "credential_reload_failed"; readonly source: string; readonly reason: string }
  /** The key has expired (then `expiresInMs` is negative) or will within 14 days. Told at each use. */
  | { readonly type: "key_expiring"; readonly keyId: string; readonly expiresInMs: number };

/** Whom events are told to. */
export type AuthEventListener = (event: AuthEvent) => void;

/** Tells an event. A listener that throws must not fail a call. */
export function tell(listener: AuthEventListener | undefined, event: AuthEvent): void {
  try {
    listener?.(event);
  } catch {
    // The listener's own concern.
  }
}
