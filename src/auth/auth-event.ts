import { callBack } from "../shared/call-back.ts";
import type { StoreOperation } from "./store/token-store.ts";

/** An event in the life of a token, for logs and metrics. Contains no secrets. */
export type AuthEvent =
  | {
      /** A token is being requested, or signed. */
      readonly type: "token-requested";
      /** Whether the current token stays in use meanwhile. */
      readonly background: boolean;
    }
  | {
      /** There is a new token. */
      readonly type: "token-obtained";
      readonly durationMs: number;
      /** Absent if the lifetime is unknown. */
      readonly expiresInMs?: number | undefined;
    }
  | {
      /** A token request failed. No new request is made before `retryInMs`. */
      readonly type: "token-request-failed";
      readonly error: unknown;
      readonly retryInMs: number;
      /** Whether there is a token that has not expired, which calls continue to use. */
      readonly serving: boolean;
      /** Whether the server has rejected that token, so that calls will probably fail. */
      readonly rejected: boolean;
    }
  | {
      /** The server refused a credential that has not worked yet and may be too new to be known: it is tried again. */
      readonly type: "credential-refused";
      readonly error: unknown;
      readonly retryInMs: number;
    }
  | {
      /** The server rejected the current token. */
      readonly type: "token-rejected";
      /** Whether it is being replaced. False if it has only just replaced a rejected one. */
      readonly replacing: boolean;
    }
  | {
      /** The server's clock differs from ours, according to its `Date` header. */
      readonly type: "clock-skew-learned";
      /** How far the server's clock is ahead; negative if it is behind. */
      readonly skewMs: number;
    }
  | {
      /** Discovery has returned an issuer or token endpoint other than expected. */
      readonly type: "issuer-discovered";
      readonly issuer: string;
      readonly tokenEndpoint: string;
    }
  | {
      /** A key, secret or token has changed, and the new one is used from now on. */
      readonly type: "credential-reloaded";
      /** The option, with its path. */
      readonly source: string;
    }
  | {
      /** A key, secret or token could not be read or is invalid; the last valid one stays in use. */
      readonly type: "credential-reload-failed";
      /** The option, with its path if it has one. */
      readonly source: string;
      readonly reason: string;
    }
  | {
      /** Another process has obtained the token, and shares it through the token store. */
      readonly type: "token-shared";
    }
  | {
      /** The token store failed, or was too slow. A token is requested as if there were no store. */
      readonly type: "token-store-failed";
      readonly operation: StoreOperation;
      readonly error: unknown;
    }
  | {
      /** The key has expired, or will within 14 days. Emitted each time it is used. */
      readonly type: "key-expiring";
      readonly keyId: string;
      /** Negative if it has expired. */
      readonly expiresInMs: number;
    };

/** Receives events. */
export type AuthEventListener = (event: AuthEvent) => void;

/** Emits an event. A listener that fails must not fail a call. */
export function emit(listener: AuthEventListener | undefined, event: AuthEvent): void {
  if (listener !== undefined) callBack(() => listener(event));
}
