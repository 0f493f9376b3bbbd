import type { Interceptor } from "@connectrpc/connect";
import { authFromEnvironment } from "../auth/auth-from-environment.ts";
import type { AuthMethod } from "../auth/auth-method.ts";
import type { TokenSource } from "../auth/token-source.ts";
import type { Logger } from "../logging/logger.ts";
import type { CallObserver } from "../observation/call-observer.ts";
import type { HttpVersion, Protocol } from "../transport/connection.ts";
import type { TlsOptions } from "../transport/dial/tls.ts";
import type { NetworkOptions, ZitadelOptions } from "./options.ts";
import { resolveOrigin } from "./origin.ts";
import type { ServiceTree } from "./service-tree.ts";
import { userAgent } from "./user-agent.ts";

/** Options that were checked, with all defaults in place but those of the network, which the connection has. */
export interface ResolvedOptions extends NetworkOptions {
  readonly origin: string;
  readonly auth: AuthMethod | TokenSource;
  /** For every request, those for tokens included. */
  readonly headers: Headers;
  readonly organizationId: string | undefined;
  readonly instanceHost: string | undefined;
  readonly protocol: Protocol;
  readonly httpVersion: HttpVersion;
  readonly tls: TlsOptions;
  readonly interceptors: readonly Interceptor[];
  readonly logger: Logger | undefined;
  readonly logBodies: boolean;
  readonly telemetry: CallObserver | undefined;
  readonly validateRequests: boolean;
}

const PROTOCOLS = ["auto", "connect", "grpc", "grpc-web"] as const;
const HTTP_VERSIONS = ["auto", "2", "1.1"] as const;
const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** Checks options and fills in defaults. Throws a TypeError that names the option. */
export function resolveOptions(
  options: ZitadelOptions<ServiceTree>,
  env: NodeJS.ProcessEnv,
): ResolvedOptions {
  rejectUnknown(options);
  const httpVersion = oneOf("httpVersion", HTTP_VERSIONS, options.httpVersion ?? "auto");
  const protocol = oneOf("protocol", PROTOCOLS, options.protocol ?? "auto");
  if (protocol === "grpc" && httpVersion === "1.1") {
    throw new TypeError(`protocol: "grpc" needs httpVersion "2"; over HTTP/1.1 use "grpc-web"`);
  }
  return {
    ...networkOptions(options),
    origin: resolveOrigin(options.url, env, options.allowInsecureHttp ?? false),
    auth: resolveAuth(options.auth, env),
    headers: baseHeaders(options),
    instanceHost: options.instanceHost,
    organizationId: nonEmpty("organizationId", options.organizationId),
    protocol,
    httpVersion,
    tls: options.tls ?? {},
    interceptors: options.interceptors ?? [],
    logger: withMethods("logger", LOG_LEVELS, options.logger, "console, or a pino, winston or bunyan logger"),
    logBodies: options.logBodies ?? false,
    telemetry: withMethods("telemetry", ["begin"], options.telemetry, "openTelemetry() or another observer"),
    validateRequests: options.validateRequests ?? false,
  };
}

/** A misspelt option would otherwise be ignored in silence by callers that TypeScript does not check. */
function rejectUnknown(options: object): void {
  const known: Record<keyof ZitadelOptions, true> = {
    url: true,
    auth: true,
    services: true,
    organizationId: true,
    instanceHost: true,
    headers: true,
    userAgent: true,
    protocol: true,
    httpVersion: true,
    tls: true,
    interceptors: true,
    allowInsecureHttp: true,
    logger: true,
    logBodies: true,
    telemetry: true,
    validateRequests: true,
    timeoutMs: true,
    connectTimeoutMs: true,
    maxConnections: true,
    maxConnectionAgeMs: true,
    pingIntervalMs: true,
    pingTimeoutMs: true,
    idleTimeoutMs: true,
    readMaxBytes: true,
    compressMinBytes: true,
    retry: true,
    proxy: true,
    socketPath: true,
    address: true,
    transport: true,
  };
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) {
    throw new TypeError(`Unknown option: ${unknown.join(", ")}. Known are: ${Object.keys(known).join(", ")}`);
  }
}

function resolveAuth(auth: ZitadelOptions["auth"], env: NodeJS.ProcessEnv): AuthMethod | TokenSource {
  if (auth === undefined) return authFromEnvironment(env);
  if (typeof auth === "function" || typeof auth?.getToken === "function") return auth;
  throw new TypeError(
    `auth: expected privateKeyJwt(…), clientCredentials(…), personalAccessToken(…) or an object with getToken(), got a value of type ${typeof auth}`,
  );
}

function baseHeaders(options: Pick<ZitadelOptions, "headers" | "userAgent" | "instanceHost">): Headers {
  const headers = new Headers(options.headers as HeadersInit);
  if (headers.has("host")) {
    throw new TypeError(
      'headers: "host" cannot be set; the url names the host, and address says where to connect instead',
    );
  }
  headers.set("user-agent", userAgent(options.userAgent));
  const instanceHost = nonEmpty("instanceHost", options.instanceHost);
  if (instanceHost !== undefined) headers.set("x-zitadel-instance-host", host(instanceHost));
  return headers;
}

function host(value: string): string {
  const { host } = URL.parse(`http://${value}`) ?? {};
  if (host !== value.toLowerCase()) {
    throw new TypeError(
      `instanceHost: expected a host such as "acme.example.com" or "acme.example.com:8443", got "${value}"`,
    );
  }
  return value;
}

function networkOptions(options: NetworkOptions): NetworkOptions {
  const { timeoutMs, connectTimeoutMs, pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxConnectionAgeMs } =
    options;
  const durations = {
    timeoutMs,
    connectTimeoutMs,
    pingIntervalMs,
    pingTimeoutMs,
    idleTimeoutMs,
    maxConnectionAgeMs,
  };
  for (const [name, value] of Object.entries(durations)) milliseconds(name, value);
  const { maxConnections, readMaxBytes, compressMinBytes, retry, proxy, socketPath, address, transport } =
    options;
  if (maxConnections !== undefined && !(Number.isInteger(maxConnections) && maxConnections >= 1)) {
    throw new TypeError(
      `maxConnections: expected a whole number of at least 1, got ${JSON.stringify(maxConnections)}`,
    );
  }
  return {
    ...durations,
    maxConnections,
    readMaxBytes,
    compressMinBytes,
    retry,
    proxy,
    socketPath,
    address,
    transport,
  };
}

function milliseconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value >= 0 && value < 2 ** 31)) return;
  throw new TypeError(`${name}: expected milliseconds, from 0 to 2147483647, got ${JSON.stringify(value)}`);
}

function nonEmpty(name: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new TypeError(
    `${name}: expected a non-empty string, got ${value === "" ? "an empty one" : typeof value}`,
  );
}

/** An object is known by its methods, since it may come from any library. */
function withMethods<T extends object>(
  name: string,
  methods: readonly (keyof T & string)[],
  value: T | undefined,
  expected: string,
): T | undefined {
  const missing =
    value === undefined ? [] : methods.filter((method) => typeof value?.[method] !== "function");
  if (missing.length === 0) return value;
  throw new TypeError(
    `${name}: expected ${expected}, got a value of type ${typeof value} without ${missing.join("(), ")}()`,
  );
}

function oneOf<const T extends string>(name: string, allowed: readonly T[], value: T): T {
  if (allowed.includes(value)) return value;
  throw new TypeError(
    `${name}: expected one of ${allowed.map((v) => `"${v}"`).join(", ")}, got ${JSON.stringify(value)}`,
  );
}
