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

/** Options of the network; see docs/networking.md. */
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

/** Which instance a client calls, and as whom. Everything has a default. */
export interface ZitadelOptions<Services extends ServiceTree = PinnedServices> extends NetworkOptions {
  /**
   * The URL of the instance, for example `https://acme.zitadel.cloud`: an origin, without a path. Default: the environment
   * variable `ZITADEL_API_URL`.
   */
  readonly url?: string | URL | undefined;
  /**
   * How the client authenticates: `privateKeyJwt()` (recommended), `clientCredentials()`, `personalAccessToken()`, or your
   * own token source. Default: the method whose environment variables are set, see {@link authFromEnvironment}.
   */
  readonly auth?: AuthMethod | TokenSource | undefined;
  /**
   * Shares tokens between processes: `redisTokenStore()` or `folderTokenStore()` from `zitadel-connect/token-stores`, or
   * your own. See docs/scaling.md. Default: each process has its own token.
   */
  readonly tokenStore?: TokenStore | undefined;
  /**
   * The services of the client: `services` from the code that you generated for your instance. Default: all services of the
   * Zitadel version that this package is built for.
   */
  readonly services?: Services | undefined;
  /**
   * The id of the organization in whose context calls are made (`x-zitadel-orgid`). Default: that of the service user. See
   * also `withOrganization()`.
   */
  readonly organizationId?: string | undefined;
  /**
   * The external domain of the instance, with its port if it has one (`x-zitadel-instance-host`). For clients that reach
   * Zitadel by another name, such as that of a Kubernetes service. Default: the host of `url`.
   */
  readonly instanceHost?: string | undefined;
  /** Headers for all requests, including those for tokens; not `host`, see `address`. Default: none. */
  readonly headers?: CallHeaders | undefined;
  /** Prepended to this package's own `User-Agent`, for example `billing-sync/1.4`. Default: nothing. */
  readonly userAgent?: string | undefined;
  /**
   * The wire protocol. `auto` is Connect for the services that support it and gRPC for the others, or gRPC-web if a proxy
   * blocks gRPC; over HTTP/1.1, gRPC-web for all. Default: `auto`.
   */
  readonly protocol?: Protocol | undefined;
  /**
   * The version of HTTP. `"1.1"` is for proxies that do not support HTTP/2. With `auto`, a TLS server chooses (ALPN);
   * without TLS it is HTTP/2. Default: `auto`.
   */
  readonly httpVersion?: HttpVersion | undefined;
  /** Custom certificate authorities and client certificates. Default: Node's certificate authorities. */
  readonly tls?: TlsOptions | undefined;
  /** Your own Connect interceptors. The first is outermost; they run before authentication. Default: none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Allows sending tokens over plain HTTP to another machine, where anyone in between can read them. Default: `false`,
   * which allows `http:` to this machine only.
   */
  readonly allowInsecureHttp?: boolean | undefined;
  /**
   * The logger: `console`, or a pino, winston or bunyan logger. Logs contain no secrets. Default: none. With or without it, the
   * environment variable `NODE_DEBUG=zitadel` writes logs to stderr.
   */
  readonly logger?: Logger | undefined;
  /** Adds requests and responses to the logs of calls, with secret fields redacted. Default: `false`. */
  readonly logBodies?: boolean | undefined;
  /** Observes calls: `openTelemetry()` from `zitadel-connect/opentelemetry`, or your own observer. Default: none. */
  readonly telemetry?: CallObserver | undefined;
  /**
   * Validates requests against the rules of the API before they are sent, with the server's error messages. Default: `false`,
   * which leaves it to the server.
   */
  readonly validateRequests?: boolean | undefined;
}
