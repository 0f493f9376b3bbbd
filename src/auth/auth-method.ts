import type { Clock } from "../shared/clock.ts";
import type { HttpClient } from "../shared/http-client.ts";
import type { AuthEventListener } from "./auth-event.ts";
import type { TokenSource } from "./token-source.ts";

/** What a client lends to its authentication method. */
export interface AuthContext {
  /** The origin of the instance as the client reaches it, for example `https://acme.zitadel.cloud`. */
  readonly origin: string;
  readonly http: HttpClient;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
  /** Told of each step in the life of a token. Events carry no secret. */
  readonly onEvent?: AuthEventListener | undefined;
}

/**
 * A way to authenticate, not yet bound to a client: what `privateKeyJwt()` and its siblings return. A function
 * keeps its secrets in a closure, where no inspection reaches them.
 */
export type AuthMethod = (context: AuthContext) => TokenSource;
