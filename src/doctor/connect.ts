import type { TokenSource } from "../auth/token-source.ts";
import type { ZitadelOptions } from "../client/client-options.ts";
import { type ResolvedOptions, resolveOptions } from "../client/resolve-options.ts";
import { type Connection, createConnection } from "../transport/connection.ts";
import type { DoctorContext } from "./doctor-context.ts";

/** The options of the client, without those of the doctor. */
export function clientOptions({ options, httpVersion }: DoctorContext): ZitadelOptions {
  const { env: _, checkTimeoutMs: __, ...rest } = options;
  return { ...rest, httpVersion: httpVersion ?? rest.httpVersion };
}

const NO_TOKENS: TokenSource = { getToken: () => Promise.reject(new Error("This connection has no tokens")) };

/** The options checked, but for the credential: it has a check of its own. */
export function resolveWithoutAuth(context: DoctorContext): ResolvedOptions {
  return resolveOptions({ ...clientOptions(context), auth: NO_TOKENS }, context.env);
}

/**
 * A connection like the client's, without its tokens. One for all checks, so that they take the way that calls and
 * tokens will take.
 */
export function connect(context: DoctorContext): Connection {
  context.connection ??= createConnection(resolveWithoutAuth(context));
  return context.connection;
}
