import {
  type BindClient,
  type ClientAuthentication,
  clientAuthentication,
} from "../auth/token-endpoint/client-authentication.ts";
import { issuerOption } from "../auth/token-endpoint/issuer.ts";
import type { Hints } from "../auth/token-endpoint/response-error.ts";
import type { ZitadelOptions } from "../client/client-options.ts";
import { type Clock, LONGEST_TIMER_MS, systemClock } from "../shared/clock.ts";
import {
  invalidOption,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireOneOf,
  requireString,
} from "../shared/invalid-option.ts";
import type { CallerError } from "./caller-error.ts";
import { introspectionFromEnvironment } from "./environment.ts";

/** How to reach the instance, as for `createZitadel()`. */
export type InstanceOptions = Pick<
  ZitadelOptions,
  | "url"
  | "instanceHost"
  | "headers"
  | "userAgent"
  | "httpVersion"
  | "tls"
  | "allowInsecureHttp"
  | "proxy"
  | "socketPath"
  | "address"
  | "connectTimeoutMs"
  | "logger"
>;

/** How tokens are introspected. */
export type IntrospectionOptions = ClientAuthentication & {
  /**
   * How long an active response is reused for the same token, in milliseconds; 0 disables reuse. A revoked token may be
   * accepted for that long, but never after it expires. Default: 10,000.
   */
  readonly maxAgeMs?: number | undefined;
  /** The maximum number of tokens whose responses are kept. Default: 10,000. */
  readonly maxEntries?: number | undefined;
};

/** How the callers of a service are verified. */
export interface CallerVerifierOptions extends InstanceOptions {
  /**
   * A client whose connection is used; closing it is up to you. Default: a new connection to `url`, which defaults to
   * the environment variable `ZITADEL_API_URL`.
   */
  readonly zitadel?: object | undefined;
  /**
   * The id of the project that this service belongs to. Tokens must be meant for it, and a caller's roles are those in
   * it. Required to verify JWTs locally. Default: the environment variable `ZITADEL_PROJECT_ID`.
   */
  readonly projectId?: string | undefined;
  /**
   * The key or secret of an API application in that project. Default: the environment variables
   * `ZITADEL_INTROSPECTION_KEY_FILE`, `ZITADEL_INTROSPECTION_KEY`, or `ZITADEL_INTROSPECTION_CLIENT_ID` with
   * `ZITADEL_INTROSPECTION_CLIENT_SECRET`; without any of them, only JWTs are accepted.
   */
  readonly introspection?: IntrospectionOptions | undefined;
  /**
   * What to do with JWTs: `local` verifies them with the instance's keys, without a request, so it does not notice that
   * one was revoked; `introspect` treats them like other tokens. Default: `introspect` where introspection is set up.
   */
  readonly jwt?: "local" | "introspect" | undefined;
  /** The issuer of tokens, exactly as in their `iss`. Default: the one in the instance's discovery document. */
  readonly issuer?: string | undefined;
  /** How far the times in a JWT may be off, in milliseconds. Default: 5,000. */
  readonly clockToleranceMs?: number | undefined;
  /** How long the instance may take to respond, in milliseconds. After that the request is refused. Default: 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Called with the reason when a request is refused. It may throw or reject. Default: none. */
  readonly onError?: ((error: CallerError) => void | Promise<void>) | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

/** Checked options, with all defaults filled in. */
export interface ResolvedVerifierOptions {
  readonly zitadel: object | undefined;
  readonly instance: InstanceOptions;
  readonly projectId: string | undefined;
  /** How the service authenticates for introspection. */
  readonly bindClient: BindClient | undefined;
  readonly jwt: "local" | "introspect";
  readonly issuer: string | undefined;
  readonly clockToleranceMs: number;
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  readonly onError: NonNullable<CallerVerifierOptions["onError"]>;
  readonly clock: Clock;
}

const INSTANCE: Readonly<Record<keyof InstanceOptions, true>> = {
  url: true,
  instanceHost: true,
  headers: true,
  userAgent: true,
  httpVersion: true,
  tls: true,
  allowInsecureHttp: true,
  proxy: true,
  socketPath: true,
  address: true,
  connectTimeoutMs: true,
  logger: true,
};
const OWN: Readonly<Record<Exclude<keyof CallerVerifierOptions, keyof InstanceOptions>, true>> = {
  zitadel: true,
  projectId: true,
  introspection: true,
  jwt: true,
  issuer: true,
  clockToleranceMs: true,
  timeoutMs: true,
  onError: true,
  clock: true,
};
const INTROSPECTION = {
  clientId: true,
  clientSecret: true,
  clientSecretFile: true,
  key: true,
  keyFile: true,
  maxAgeMs: true,
  maxEntries: true,
} as const;

/** Names from other libraries, mapped to ours. */
const FOREIGN = {
  baseUrl: "url",
  apiUrl: "url",
  authority: "url",
  domain: "url",
  audience: "projectId",
  aud: "projectId",
  clientId: "introspection: { clientId, clientSecret }",
  clientSecret: "introspection: { clientId, clientSecret }",
  keyFile: "introspection: { keyFile }",
  key: "introspection: { key }",
};

const MILLISECONDS = { max: LONGEST_TIMER_MS, unit: "milliseconds", fractions: true };
/** The most entries that a Map can hold. */
const MAX_ENTRIES = 2 ** 24;

/** Checks options and fills in defaults. Throws a TypeError that names the option, never its value. */
export function resolveVerifierOptions(
  options: CallerVerifierOptions,
  env: Readonly<Record<string, string | undefined>>,
): ResolvedVerifierOptions {
  requireObject("its argument", options, "{ url, projectId }");
  if ("getAccessToken" in options)
    throw invalidOption("its argument", "a client", "an object: pass { zitadel }");
  requireKnown("", options, { ...OWN, ...INSTANCE }, FOREIGN);
  const { zitadel, clock = systemClock, onError = () => {} } = options;
  const projectId = options.projectId ?? (env["ZITADEL_PROJECT_ID"]?.trim() || undefined);
  if (projectId !== undefined) requireString("projectId", projectId);
  const introspection: IntrospectionOptions | undefined =
    options.introspection ?? introspectionFromEnvironment(env);
  if (introspection !== undefined) {
    requireObject("introspection", introspection, "{ keyFile }, or { clientId, clientSecret }");
    requireKnown("introspection", introspection, INTROSPECTION, { ttl: "maxAgeMs", cacheTtl: "maxAgeMs" });
  }
  const { clockToleranceMs = 5_000, timeoutMs = 5_000 } = options;
  const { maxAgeMs = 10_000, maxEntries = 10_000 } = introspection ?? {};
  requireFunction("onError", onError);
  checkClock(clock);
  requireNumber("clockToleranceMs", clockToleranceMs, { min: 0, ...MILLISECONDS });
  requireNumber("timeoutMs", timeoutMs, { min: 1, ...MILLISECONDS });
  requireNumber("introspection.maxAgeMs", maxAgeMs, { min: 0, ...MILLISECONDS });
  requireNumber("introspection.maxEntries", maxEntries, { min: 0, max: MAX_ENTRIES });
  return {
    zitadel,
    instance: instanceOptions(options),
    projectId,
    bindClient: introspection && clientAuthentication(introspection, "introspection", introspectionHints),
    jwt: resolveJwt(options.jwt, introspection, projectId),
    issuer: issuerOption(options.issuer),
    clockToleranceMs,
    timeoutMs,
    maxAgeMs,
    maxEntries,
    onError,
    clock,
  };
}

function checkClock(clock: Clock): void {
  requireObject("clock", clock, "{ now, monotonic, setTimer, random }");
  for (const name of ["now", "monotonic", "setTimer", "random"] as const) {
    requireFunction(`clock.${name}`, clock[name] ?? null);
  }
}

function introspectionHints(client: string): Hints {
  const hint = `Check in Zitadel that ${client} is an active API application of this instance, and its secret or key.`;
  return { unauthorized_client: hint, invalid_client: hint };
}

function resolveJwt(
  jwt: CallerVerifierOptions["jwt"],
  introspection: IntrospectionOptions | undefined,
  projectId: string | undefined,
): "local" | "introspect" {
  const resolved = jwt ?? (introspection === undefined ? "local" : "introspect");
  requireOneOf("jwt", resolved, ["local", "introspect"]);
  if (resolved === "introspect" && introspection === undefined) {
    throw invalidOption("introspection", "undefined", `the key or secret that jwt: "introspect" needs`);
  }
  if (resolved === "local" && projectId === undefined) {
    throw invalidOption(
      "projectId",
      "undefined",
      "the id of the project that this service belongs to, or introspection",
    );
  }
  return resolved;
}

function instanceOptions(options: CallerVerifierOptions): InstanceOptions {
  const given = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(INSTANCE, name) && value !== undefined,
  );
  const [[first] = []] = given;
  if (options.zitadel !== undefined && first !== undefined) {
    throw invalidOption(
      first,
      "set together with zitadel",
      "only one of the two: a client already knows how to reach its instance",
    );
  }
  return Object.fromEntries(given);
}
