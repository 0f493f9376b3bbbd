import type { Interceptor } from "@connectrpc/connect";
import { authFromEnvironment } from "../auth/auth-from-environment.ts";
import type { AuthMethod } from "../auth/auth-method.ts";
import type { TokenStore } from "../auth/store/token-store.ts";
import type { TokenSource } from "../auth/token-source.ts";
import type { Logger } from "../logging/logger.ts";
import type { CallObserver } from "../observation/call-observer.ts";
import { LONGEST_TIMER_MS } from "../shared/clock.ts";
import { describe, isPossibleHost } from "../shared/describe.ts";
import type { FixedHeaders } from "../shared/fixed-headers.ts";
import {
  invalidOption,
  requireBoolean,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireOneOf,
  requireString,
} from "../shared/invalid-option.ts";
import { isWorkerd } from "../shared/runtime.ts";
import type { HttpVersion, Protocol } from "../transport/connection.ts";
import { parseAddress } from "../transport/dial/address.ts";
import { resolveProxy } from "../transport/dial/proxy.ts";
import { resolveTls, type TlsOptions } from "../transport/dial/tls.ts";
import { isFetchTransport } from "../transport/fetch/fetch-transport.ts";
import { defaultIsFetch } from "../transport/node-network.ts";
import type { PaceOptions } from "../transport/pace/pace-options.ts";
import type { RetryOptions } from "../transport/retry/retry-policy.ts";
import type { NetworkOptions, ZitadelOptions } from "./client-options.ts";
import { toHeaders } from "./headers.ts";
import { resolveOrigin } from "./origin.ts";
import type { ServiceTree } from "./service-tree.ts";
import { userAgent } from "./user-agent.ts";

/** Options that were checked, with all defaults in place but those of the network, which the connection has. */
export interface ResolvedOptions extends NetworkOptions {
  readonly origin: string;
  readonly auth: AuthMethod | TokenSource;
  readonly tokenStore: TokenStore | undefined;
  /** For every request, those for tokens included. */
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

/** Checks options and fills in defaults. Throws a TypeError that names the option. */
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
    throw invalidOption("protocol", '"grpc" beside httpVersion "1.1"', '"grpc-web", or httpVersion "2"');
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
    ...networkOptions(options),
    origin: resolveOrigin(options.url, env, allowInsecureHttp ?? false),
    auth: resolveAuth(options.auth, env),
    tokenStore: withMethods(
      "tokenStore",
      ["get", "set"],
      options.tokenStore,
      "redisTokenStore(…), folderTokenStore(…) or another token store",
    ),
    headers: baseHeaders(options),
    instanceHost: options.instanceHost,
    organizationId: headerValue("organizationId", options.organizationId),
    protocol,
    httpVersion,
    tls: resolveTls(options.tls),
    interceptors,
    logger: withMethods("logger", LOG_LEVELS, options.logger, "console, or a pino, winston or bunyan logger"),
    logBodies: logBodies ?? false,
    telemetry: withMethods("telemetry", ["begin"], options.telemetry, "openTelemetry() or another observer"),
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

/** What other clients call our options. */
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

function baseHeaders(options: Pick<ZitadelOptions, "headers" | "userAgent" | "instanceHost">): FixedHeaders {
  const headers = toHeaders(options.headers);
  if (headers.has("host")) {
    const expected = "none: the url names the host, and address says where to connect";
    throw invalidOption('"host" in headers', "set", expected);
  }
  const agent = userAgent(nonEmpty("userAgent", options.userAgent));
  const instanceHost = nonEmpty("instanceHost", options.instanceHost);
  return headers.with([
    ...toHeaders({ "user-agent": agent }, "userAgent"),
    ...(instanceHost === undefined ? [] : [["x-zitadel-instance-host", host(instanceHost)] as const]),
  ]);
}

function host(value: string): string {
  const url = URL.parse(`http://${value}`);
  if (url?.host !== value.toLowerCase() || !isPossibleHost(url)) {
    const expected = 'a host such as "acme.example.com" or "acme.example.com:8443"';
    throw invalidOption("instanceHost", describe(value), expected);
  }
  return value;
}

const MILLISECONDS = { min: 0, max: LONGEST_TIMER_MS, fractions: true, unit: "milliseconds" };

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
  for (const [name, value] of Object.entries(durations)) requireNumber(name, value, MILLISECONDS);
  const {
    maxConnections,
    readMaxBytes,
    compressMinBytes,
    retry,
    pace,
    proxy,
    socketPath,
    address,
    transport,
  } = options;
  requireNumber("maxConnections", maxConnections, { min: 1, max: Number.MAX_SAFE_INTEGER });
  requireNumber("readMaxBytes", readMaxBytes, { min: 1 });
  requireNumber("compressMinBytes", compressMinBytes, { min: 0 });
  if (retry !== undefined) checkRetry(retry);
  if (pace !== undefined) checkPace(pace);
  parseAddress(address);
  return {
    ...durations,
    maxConnections,
    readMaxBytes,
    compressMinBytes,
    retry,
    pace,
    proxy: resolveProxy(proxy),
    socketPath: nonEmpty("socketPath", socketPath),
    address,
    transport: checkTransport(transport),
  };
}

function checkTransport(transport: NetworkOptions["transport"]): NetworkOptions["transport"] {
  if (isFetchTransport(transport)) return transport;
  return withMethods("transport", ["unary"], transport, "fetchTransport() or a transport of Connect");
}

/** What `fetch` has no say in would have no effect, and the connection would be another one than was meant. */
function refuseBesideFetch(options: ZitadelOptions<ServiceTree>): void {
  const { tls, proxy, socketPath, address, httpVersion = "auto", protocol } = options;
  const unknown = {
    tls,
    proxy,
    socketPath,
    address,
    httpVersion: httpVersion === "auto" ? undefined : httpVersion,
  };
  for (const [name, value] of Object.entries(unknown)) {
    if (value !== undefined)
      throw invalidOption(name, "set beside fetch", "none: fetch makes its own connections");
  }
  if (protocol === "grpc") throw invalidOption("protocol", '"grpc" beside fetch', '"grpc-web", or "auto"');
}

const KNOWN_RETRY: Record<keyof RetryOptions, true> = {
  maxAttempts: true,
  maxConflictAttempts: true,
  modeOf: true,
};
const FOREIGN_RETRY = {
  maxRetries: "maxAttempts",
  retries: "maxAttempts",
  limit: "maxAttempts",
  attempts: "maxAttempts",
};

function checkRetry(retry: Partial<RetryOptions>): void {
  requireObject("retry", retry, "{ maxAttempts: 1 }");
  requireKnown("retry", retry, KNOWN_RETRY, FOREIGN_RETRY);
  requireNumber("retry.maxAttempts", retry.maxAttempts, { min: 1 });
  requireNumber("retry.maxConflictAttempts", retry.maxConflictAttempts, { min: 1 });
  requireFunction("retry.modeOf", retry.modeOf);
}

const KNOWN_PACE: Record<keyof PaceOptions, true> = {
  maxInFlight: true,
  perSecond: true,
  adaptive: true,
  onChange: true,
};
const FOREIGN_PACE = {
  maxConcurrency: "maxInFlight",
  concurrency: "maxInFlight",
  requestsPerSecond: "perSecond",
  rps: "perSecond",
};

function checkPace(pace: PaceOptions): void {
  if (isWorkerd) throw invalidOption("pace", "set", "none in Workers, where no request may wait for another");
  requireObject("pace", pace, "{ perSecond: 50 }");
  requireKnown("pace", pace, KNOWN_PACE, FOREIGN_PACE);
  const { maxInFlight } = pace;
  if (typeof maxInFlight !== "function") {
    requireNumber("pace.maxInFlight", maxInFlight, { min: 1, max: Number.MAX_SAFE_INTEGER });
  }
  requireNumber("pace.perSecond", pace.perSecond, { min: 0.001, fractions: true });
  requireBoolean("pace.adaptive", pace.adaptive);
  requireFunction("pace.onChange", pace.onChange);
}

function nonEmpty(name: string, value: string | undefined): string | undefined {
  if (value !== undefined) requireString(name, value);
  return value;
}

function headerValue(name: string, value: string | undefined): string | undefined {
  if (nonEmpty(name, value) !== undefined) toHeaders({ value: String(value) }, name);
  return value;
}

/** An object is known by its methods, since it may come from any library. */
function withMethods<T extends object>(
  name: string,
  methods: readonly (keyof T & string)[],
  value: T | undefined,
  expected: string,
): T | undefined {
  if (value === undefined) return undefined;
  const missing = methods.filter((method) => typeof value?.[method] !== "function");
  if (missing.length === 0) return value;
  throw invalidOption(name, `${describe(value)} without ${missing.join("(), ")}()`, expected);
}
