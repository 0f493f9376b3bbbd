import type { Clock } from "../shared/clock.ts";
import type { HttpClient } from "../shared/http-client.ts";
import type { AuthEventListener } from "./auth-event.ts";
import type { TokenStore } from "./store/token-store.ts";
import type { TokenSource } from "./token-source.ts";

/** What a client provides to its authentication method. */
export interface AuthContext {
  /** The origin of the instance as the client reaches it, for example `https://acme.zitadel.cloud`. */
  readonly origin: string;
  readonly http: HttpClient;
  /**
   * Starts connecting. Called before a request is prepared, so that the key is read and the assertion signed in the
   * meantime. Default: connects when the request is ready.
   */
  readonly warmUp?: (() => void) | undefined;
  /** The host name of the instance, with its port if it has one. Default: that of `origin`. */
  readonly instanceHost?: string | undefined;
  /**
   * Projects whose applications should accept the token too, in addition to those of the method's options. Default: none.
   */
  readonly projectIds?: readonly string[] | undefined;
  /** Shares tokens between processes. Default: each process has its own token. */
  readonly tokenStore?: TokenStore | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
  /** Receives events about tokens. They contain no secrets. */
  readonly onEvent?: AuthEventListener | undefined;
}

/**
 * A way to authenticate, not yet bound to a client: what `privateKeyJwt()` and the other methods return. A function keeps
 * its secrets in a closure, out of reach of inspection.
 */
export type AuthMethod = (context: AuthContext) => TokenSource;

/** For each client, what it provides to other code that requests or checks tokens. */
const contexts = new WeakMap<object, AuthContext>();

/** Remembers how a client reaches its instance, hidden from users. */
export function setAuthContext(zitadel: object, context: AuthContext): void {
  contexts.set(zitadel, context);
}

/** Finds how a client reaches its instance. */
export function findAuthContext(zitadel: unknown): AuthContext | undefined {
  return typeof zitadel === "object" && zitadel !== null ? contexts.get(zitadel) : undefined;
}
