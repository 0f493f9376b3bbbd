import { AuthError } from "../auth/auth-error.ts";
import type { TokenSource } from "../auth/token-source.ts";
import type { ZitadelOptions } from "../client/client-options.ts";
import type { Zitadel } from "../client/create-zitadel.ts";
import type { HttpResponse } from "../shared/http-client.ts";
import type { Connection } from "../transport/connection.ts";
import { parseAddress } from "../transport/dial/address.ts";
import type { DialOptions } from "../transport/dial/dial.ts";
import { resolveProxy } from "../transport/dial/proxy.ts";

/** The options of the client to check, and the environment. */
export interface DoctorOptions extends Omit<ZitadelOptions, "services"> {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** How long each check may take, in milliseconds. Default: 10,000. */
  readonly checkTimeoutMs?: number | undefined;
}

/** What the checks share, and what later ones learn from earlier ones. */
export interface DoctorContext {
  readonly options: DoctorOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly checkTimeoutMs: number;
  /** The server's origin; set by the first check. */
  origin: string;
  /** The HTTP version, which decides how calls are made. */
  httpVersion: "1.1" | "2" | undefined;
  /** The discovery response, and when it arrived. */
  discovery: { readonly response: HttpResponse; readonly receivedAt: number } | undefined;
  tokens: TokenSource | undefined;
  /** Where the credential comes from, such as `ZITADEL_KEY_FILE`. */
  method: string;
  /** A connection like the client's, without its tokens. */
  connection: Connection | undefined;
  /** A client with the settings that work. */
  client: Zitadel | undefined;
}

export function createContext(options: DoctorOptions): DoctorContext {
  return {
    options,
    env: options.env ?? process.env,
    checkTimeoutMs: options.checkTimeoutMs ?? 10_000,
    origin: "",
    httpVersion: undefined,
    discovery: undefined,
    tokens: undefined,
    method: "",
    connection: undefined,
    client: undefined,
  };
}

/** How the client connects. */
export function toDialOptions({ options, origin }: DoctorContext): DialOptions {
  const { tls = {}, proxy, socketPath, address } = options;
  return { origin, tls, proxy: resolveProxy(proxy), socketPath, address: parseAddress(address) };
}

/** Node's or OpenSSL's error code, from the first cause that has one. */
export function findCode(error: unknown): string {
  if (error instanceof AggregateError) return findCode(error.errors[0]);
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string" && !(error instanceof AuthError)) return error.code;
  return findCode(error.cause);
}
