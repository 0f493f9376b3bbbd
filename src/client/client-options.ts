import type { Interceptor } from "@connectrpc/connect";
import type { authFromEnvironment } from "../auth/auth-from-environment.ts";
import type { AuthMethod } from "../auth/auth-method.ts";
import type { TokenStore } from "../auth/store/token-store.ts";
import type { TokenSource } from "../auth/token-source.ts";
import type { Logger } from "../logging/logger.ts";
import type { CallObserver } from "../observation/call-observer.ts";
import type { ConnectionOptions, HttpVersion, Protocol } from "../transport/connection.ts";
import type { TlsOptions } from "../transport/dial/tls.ts";
import type { CallHeaders } from "./headers.ts";
import type { PinnedServices } from "./pinned-services.ts";
import type { ServiceTree } from "./service-tree.ts";

/** What the network side of a client can be told; see docs/networking.md. */
export type NetworkOptions = Pick<
  ConnectionOptions,
  | "timeoutMs"
  | "connectTimeoutMs"
  | "maxConnections"
  | "maxConnectionAgeMs"
  | "pingIntervalMs"
  | "pingTimeoutMs"
  | "idleTimeoutMs"
  | "readMaxBytes"
  | "compressMinBytes"
  | "retry"
  | "pace"
  | "proxy"
  | "socketPath"
  | "address"
  | "transport"
>;

/** How a client reaches an instance, and as whom. Everything has a default. */
export interface ZitadelOptions<Services extends ServiceTree = PinnedServices> extends NetworkOptions {
  /**
   * Where the instance is, for example `https://acme.zitadel.cloud`: an origin, without a path.
   * Default: the environment variable `ZITADEL_API_URL`.
   */
  readonly url?: string | URL | undefined;
  /**
   * Who the client is: `privateKeyJwt()` (recommended), `clientCredentials()`, `personalAccessToken()`, or a token
   * source of your own. Default: the one method whose environment variables are set, see
   * {@link authFromEnvironment}.
   */
  readonly auth?: AuthMethod | TokenSource | undefined;
  /**
   * Where processes share the tokens that they obtain: `redisTokenStore()` or `folderTokenStore()` of
   * `zitadel-connect/token-stores`, or one of your own. See docs/scaling.md. Default: each process has its own token.
   */
  readonly tokenStore?: TokenStore | undefined;
  /**
   * The services to offer: the `services` of code that you generated for your instance.
   * Default: all services of the Zitadel version that this package is built for.
   */
  readonly services?: Services | undefined;
  /**
   * The id of the organization in whose context calls are made (`x-zitadel-orgid`).
   * Default: that of the service user. See also `withOrganization()`.
   */
  readonly organizationId?: string | undefined;
  /**
   * The external domain of the instance, with its port if it has one (`x-zitadel-instance-host`). For
   * clients that reach Zitadel under another name, such as that of a Kubernetes service.
   * Default: the host of `url`.
   */
  readonly instanceHost?: string | undefined;
  /** Headers for all requests, those for tokens included; not `host`, for which there is `address`. Default: none. */
  readonly headers?: CallHeaders | undefined;
  /** Put before this package's own `User-Agent`, for example `billing-sync/1.4`. Default: nothing. */
  readonly userAgent?: string | undefined;
  /**
   * The wire protocol. `auto` is Connect for the services that Zitadel serves over it and gRPC for the others, or
   * gRPC-web where something on the way blocks gRPC; over HTTP/1.1, gRPC-web for all. Default: `auto`.
   */
  readonly protocol?: Protocol | undefined;
  /**
   * `"1.1"` is for proxies that do not speak HTTP/2. `auto` lets a TLS server choose (ALPN), and is HTTP/2 without
   * TLS. Default: `auto`.
   */
  readonly httpVersion?: HttpVersion | undefined;
  /** Custom certificate authorities and client certificates. Default: those of Node. */
  readonly tls?: TlsOptions | undefined;
  /** Interceptors of your own. The first is outermost; they run before authentication. Default: none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Allows to send tokens over plain HTTP to another machine, where anyone between can read them.
   * Default: `false`, which allows `http:` to this machine only.
   */
  readonly allowInsecureHttp?: boolean | undefined;
  /**
   * Where log lines go: `console`, or a pino, winston or bunyan logger as it is. No line holds a secret.
   * Default: nowhere. With or without it, the environment variable `NODE_DEBUG=zitadel` writes them to stderr.
   */
  readonly logger?: Logger | undefined;
  /** Adds requests and answers to the log lines of calls, with secret fields redacted. Default: `false`. */
  readonly logBodies?: boolean | undefined;
  /** Watches calls: `openTelemetry()` of `zitadel-connect/opentelemetry`, or an observer of your own. Default: none. */
  readonly telemetry?: CallObserver | undefined;
  /**
   * Checks requests against the rules of the API before they are sent, and fails with the server's words.
   * Default: `false`, which leaves it to the server.
   */
  readonly validateRequests?: boolean | undefined;
}
