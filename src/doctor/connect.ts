import type { TokenSource } from "../auth/token-source.ts";
import type { ZitadelOptions } from "../client/client-options.ts";
import { type ResolvedOptions, resolveOptions } from "../client/resolve-options.ts";
import { type Connection, createConnection } from "../transport/connection.ts";
import type { DoctorContext } from "./doctor-context.ts";

/** The client's options, without the doctor's. */
export function toClientOptions({ options, httpVersion }: DoctorContext): ZitadelOptions {
  const { env: _, checkTimeoutMs: __, ...rest } = options;
  return { ...rest, httpVersion: httpVersion ?? rest.httpVersion };
}

const NO_TOKENS: TokenSource = { getToken: () => Promise.reject(new Error("This connection has no tokens")) };

/** The resolved options, except the credential, which another check covers. */
export function resolveWithoutAuth(context: DoctorContext): ResolvedOptions {
  return resolveOptions({ ...toClientOptions(context), auth: NO_TOKENS }, context.env);
}

/**
 * A connection like the client's, without its tokens. All checks share one, so that they take the same route as calls
 * and token requests.
 */
export function connect(context: DoctorContext): Connection {
  context.connection ??= createConnection(resolveWithoutAuth(context));
  return context.connection;
}
