import type { Clock } from "../shared/clock.ts";
import type { HttpClient } from "../shared/http-client.ts";
import type { AuthEventListener } from "./auth-event.ts";
import type { TokenStore } from "./store/token-store.ts";
import type { TokenSource } from "./token-source.ts";

/** What a client lends to its authentication method. */
export interface AuthContext {
  /** The origin of the instance as the client reaches it, for example `https://acme.zitadel.cloud`. */
  readonly origin: string;
  readonly http: HttpClient;
  /**
   * Begins to connect. Called before a request is prepared, so that a key is read and an assertion signed while the
   * connection is made. Default: the connection is made when the request is ready.
   */
  readonly warmUp?: (() => void) | undefined;
  /** The host that the instance is known by, with its port if it has one. Default: that of `origin`. */
  readonly instanceHost?: string | undefined;
  /** Projects whose applications are to accept the token too, besides those of the method's options. Default: none. */
  readonly projectIds?: readonly string[] | undefined;
  /** Shares tokens between processes. Default: each process has its own. */
  readonly tokenStore?: TokenStore | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
  /** Receives each step in the life of a token. Events carry no secret. */
  readonly onEvent?: AuthEventListener | undefined;
}

/**
 * A way to authenticate, not yet bound to a client: what `privateKeyJwt()` and its siblings return. A function
 * keeps its secrets in a closure, where no inspection reaches them.
 */
export type AuthMethod = (context: AuthContext) => TokenSource;
