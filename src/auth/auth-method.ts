import type { AuthEventListener } from "./auth-event.ts";
import type { Clock } from "./clock.ts";
import type { TokenSource } from "./token-source.ts";

/** A request to the instance. Redirects are not followed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** An absolute URL of the client's own origin. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer, read whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends one HTTP request with the TLS, proxy and header settings of the API calls. Rejects only when no
 * answer came; any status is an answer.
 */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

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
