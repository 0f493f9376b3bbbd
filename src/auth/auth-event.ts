import { callBack } from "../shared/call-back.ts";
import type { StoreOperation } from "./store/token-store.ts";

/** A step in the life of a token. For logs and metrics; holds no secret. */
export type AuthEvent =
  /** A token is being requested, or signed. In the background, the current token serves meanwhile. */
  | { readonly type: "token-requested"; readonly background: boolean }
  /** `expiresInMs` is absent where the lifetime is unknown. */
  | {
      readonly type: "token-obtained";
      readonly durationMs: number;
      readonly expiresInMs?: number | undefined;
    }
  /**
   * No new request before `retryInMs`. `serving` tells whether there is a token that has not expired, which calls go on
   * with; `rejected`, whether the server has rejected it, so that they are likely to fail.
   */
  | {
      readonly type: "token-request-failed";
      readonly error: unknown;
      readonly retryInMs: number;
      readonly serving: boolean;
      readonly rejected: boolean;
    }
  /** The server refused a credential that has not worked yet and may be too new to be known: it is tried again. */
  | { readonly type: "credential-refused"; readonly error: unknown; readonly retryInMs: number }
  /** The server rejected the current token. `replacing` is false if it has only just replaced a rejected one. */
  | { readonly type: "token-rejected"; readonly replacing: boolean }
  /** The server's clock, as its `Date` header tells it, is `skewMs` ahead of ours (behind, if negative). */
  | { readonly type: "clock-skew-learned"; readonly skewMs: number }
  /** Issuer or token endpoint are not the ones that were expected: discovery has told them. */
  | { readonly type: "issuer-discovered"; readonly issuer: string; readonly tokenEndpoint: string }
  /** A key, secret or token has changed and is used from now on. `source` is the option, with its path. */
  | { readonly type: "credential-reloaded"; readonly source: string }
  /** A key, secret or token could not be read or used; the last good one stays in use. */
  | { readonly type: "credential-reload-failed"; readonly source: string; readonly reason: string }
  /** Another process has obtained the token, and shares it by the token store. */
  | { readonly type: "token-shared" }
  /** The token store failed, or was too slow. A token is requested as if there were none. */
  | { readonly type: "token-store-failed"; readonly operation: StoreOperation; readonly error: unknown }
  /** The key has expired (then `expiresInMs` is negative) or will within 14 days. Emitted at each use. */
  | { readonly type: "key-expiring"; readonly keyId: string; readonly expiresInMs: number };

/** Receives events. */
export type AuthEventListener = (event: AuthEvent) => void;

/** Emits an event. A listener that fails must not fail a call. */
export function emit(listener: AuthEventListener | undefined, event: AuthEvent): void {
  if (listener !== undefined) callBack(() => listener(event));
}
