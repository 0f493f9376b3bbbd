import { inspect } from "node:util";
import type { TokenSource } from "../../auth/token-source.ts";
import type { ZitadelOptions } from "../../client/client-options.ts";
import type { Zitadel } from "../../client/create-zitadel.ts";
import { createZitadel } from "../../client/pinned-client.ts";
import type { PinnedServices } from "../../client/pinned-services.ts";
import { resolveOptions } from "../../client/resolve-options.ts";
import type { LogFields, Logger } from "../../logging/logger.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import { folderTokenStore } from "../../token-stores/folder.ts";
import { type Connection, createConnection } from "../../transport/connection.ts";
import type { Terminal } from "../terminal.ts";
import type { ConnectionValues } from "./connection-options.ts";
import { toAuthMethod } from "./credential.ts";
import {
  findTokenFolder,
  type InstancePlace,
  type ResolvedConnection,
  resolveConnection,
} from "./resolve.ts";

/** Client options that a command sets, besides the connection. */
export type MoreClientOptions = Pick<ZitadelOptions, "timeoutMs" | "headers" | "organizationId">;

/**
 * Creates a client for the connection that options, a profile or the environment name. Close it: `await using zitadel =
 * …`. Import this only when a command runs, since it loads the client.
 */
export function openClient(
  values: ConnectionValues,
  terminal: Terminal,
  more: MoreClientOptions = {},
): Zitadel<PinnedServices> {
  return createClient(resolveConnection(values, terminal), terminal, more);
}

/** The client of a connection. */
export function createClient(
  connection: ResolvedConnection,
  terminal: Terminal,
  more: MoreClientOptions = {},
): Zitadel<PinnedServices> {
  return createZitadel({
    ...toOptions(connection, terminal),
    auth: toAuthMethod(connection.credential, terminal.env),
    tokenStore: connection.cache
      ? folderTokenStore({ folder: findTokenFolder(terminal.env, connection.profile) })
      : undefined,
    ...more,
    organizationId: more.organizationId ?? connection.organization,
  });
}

/** Opens a connection to an instance that sends no tokens, for token requests. */
export function openConnection(instance: InstancePlace, terminal: Terminal): Connection {
  return createConnection(resolveOptions({ ...toOptions(instance, terminal), auth: NO_TOKENS }, {}));
}

const NO_TOKENS: TokenSource = { getToken: () => Promise.reject(new Error("This connection has no tokens")) };

function toOptions(instance: InstancePlace, terminal: Terminal): ZitadelOptions {
  const { url, ca, proxy, instanceHost, httpVersion, allowInsecureHttp } = instance;
  return {
    ...{ url, proxy, instanceHost, httpVersion, allowInsecureHttp },
    tls: ca === undefined ? undefined : { ca: readOptionFile({ option: "--ca", path: ca }) },
    userAgent: "zitadel-connect-cli",
    logger: terminal.debug ? createDebugLogger(terminal) : undefined,
  };
}

/** Writes a client's log to stderr. No line holds a secret. */
export function createDebugLogger(terminal: Terminal): Logger {
  const write = (message: string, fields: LogFields): void => {
    const shown = inspect(fields, { breakLength: Number.POSITIVE_INFINITY, depth: 4, compact: true });
    terminal.err(`debug: ${message} ${shown}\n`);
  };
  return { debug: write, info: write, warn: write, error: write };
}
