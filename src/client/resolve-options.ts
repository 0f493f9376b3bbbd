import type { Interceptor } from "@connectrpc/connect";
import { authFromEnvironment } from "../auth/auth-from-environment.ts";
import type { AuthMethod } from "../auth/auth-method.ts";
import type { TokenStore } from "../auth/store/token-store.ts";
import type { TokenSource } from "../auth/token-source.ts";
import type { Logger } from "../logging/logger.ts";
import type { CallObserver } from "../observation/call-observer.ts";
import { describe } from "../shared/describe.ts";
import type { FixedHeaders } from "../shared/fixed-headers.ts";
import {
  invalidOption,
  requireBoolean,
  requireFunction,
  requireKnown,
  requireObject,
  requireOneOf,
} from "../shared/invalid-option.ts";
import type { HttpVersion, Protocol } from "../transport/connection.ts";
import { resolveTls, type TlsOptions } from "../transport/dial/tls.ts";
import { isFetchTransport } from "../transport/fetch/fetch-transport.ts";
import { defaultIsFetch } from "../transport/node-network.ts";
import type { NetworkOptions, ZitadelOptions } from "./client-options.ts";
import { createBaseHeaders, optionalHeaderValue } from "./headers.ts";
import { optionalObject } from "./option-checks.ts";
import { resolveOrigin } from "./origin.ts";
import { refuseBesideFetch, resolveNetworkOptions } from "./resolve-network-options.ts";
import type { ServiceTree } from "./service-tree.ts";

/** Checked options, with all defaults except those of the network, which the connection applies. */
export interface ResolvedOptions extends NetworkOptions {
  readonly origin: string;
  readonly auth: AuthMethod | TokenSource;
  readonly tokenStore: TokenStore | undefined;
  /** For every request, including those for tokens. */
  readonly headers: FixedHeaders;
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

/** Checks options and applies defaults. Throws a TypeError that names the invalid option. */
export function resolveOptions(
  options: ZitadelOptions<ServiceTree>,
  env: NodeJS.ProcessEnv,
): ResolvedOptions {
  requireObject("its argument", options, "{ url }");
  requireKnown("", options, KNOWN, FOREIGN);
  const { httpVersion = "auto", protocol = "auto" } = options;
  requireOneOf("httpVersion", httpVersion, HTTP_VERSIONS);
  requireOneOf("protocol", protocol, PROTOCOLS);
  if (protocol === "grpc" && httpVersion === "1.1") {
    throw invalidOption(
      "protocol",
      '"grpc" together with httpVersion "1.1"',
      '"grpc-web", or httpVersion "2"',
    );
  }
  if (options.transport === undefined ? defaultIsFetch : isFetchTransport(options.transport)) {
    refuseBesideFetch(options);
  }
  const { allowInsecureHttp, logBodies, validateRequests, interceptors = [], services } = options;
  for (const [name, value] of Object.entries({ allowInsecureHttp, logBodies, validateRequests })) {
    requireBoolean(name, value);
  }
  if (services !== undefined) requireObject("services", services, "the services of your generated code");
  if (!Array.isArray(interceptors)) throw invalidOption("interceptors", describe(interceptors), "an array");
  for (const one of interceptors) requireFunction("an entry of interceptors", one ?? null);
  return {
    ...resolveNetworkOptions(options),
    origin: resolveOrigin(options.url, env, allowInsecureHttp ?? false),
    auth: resolveAuth(options.auth, env),
    tokenStore: optionalObject(
      "tokenStore",
      ["get", "set"],
      options.tokenStore,
      "redisTokenStore(…), folderTokenStore(…) or another token store",
    ),
    headers: createBaseHeaders(options),
    instanceHost: options.instanceHost,
    organizationId: optionalHeaderValue("organizationId", options.organizationId),
    protocol,
    httpVersion,
    tls: resolveTls(options.tls),
    interceptors,
    logger: optionalObject(
      "logger",
      LOG_LEVELS,
      options.logger,
      "console, or a pino, winston or bunyan logger",
    ),
    logBodies: logBodies ?? false,
    telemetry: optionalObject(
      "telemetry",
      ["begin"],
      options.telemetry,
      "openTelemetry() or another observer",
    ),
    validateRequests: validateRequests ?? false,
  };
}

const KNOWN: Record<keyof ZitadelOptions, true> = {
  url: true,
  auth: true,
  tokenStore: true,
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
  pace: true,
  proxy: true,
  socketPath: true,
  address: true,
  transport: true,
};

/** What names from other clients are called here. */
const FOREIGN = {
  ...Object.fromEntries(
    [
      "baseUrl",
      "baseURL",
      "apiUrl",
      "endpoint",
      "host",
      "hostname",
      "domain",
      "issuer",
      "authority",
      "origin",
    ].map((name) => [name, "url"]),
  ),
  token: "auth: personalAccessToken({ token })",
  accessToken: "auth: personalAccessToken({ token })",
  pat: "auth: personalAccessToken({ token })",
  key: "auth: privateKeyJwt({ key })",
  keyFile: "auth: privateKeyJwt({ keyFile })",
  clientId: "auth: clientCredentials({ clientId, clientSecret })",
  clientSecret: "auth: clientCredentials({ clientId, clientSecret })",
  credentials: "auth",
  retries: "retry: { maxAttempts }",
  maxRetries: "retry: { maxAttempts }",
  ca: "tls: { ca }",
  rejectUnauthorized: "tls: { dangerouslyAcceptAnyCertificate }",
  insecure: "allowInsecureHttp",
  agent: "proxy, or transport",
  concurrency: "pace: { maxInFlight }",
  maxConcurrency: "pace: { maxInFlight }",
  rateLimit: "pace: { perSecond }",
  org: "organizationId",
  orgId: "organizationId",
  debug: "logger",
};

function resolveAuth(auth: ZitadelOptions["auth"], env: NodeJS.ProcessEnv): AuthMethod | TokenSource {
  if (auth === undefined) return authFromEnvironment(env);
  if (typeof auth === "function" || typeof auth?.getToken === "function") return auth;
  throw invalidOption(
    "auth",
    describe(auth),
    "privateKeyJwt(…), clientCredentials(…), personalAccessToken(…) or an object with getToken()",
  );
}
