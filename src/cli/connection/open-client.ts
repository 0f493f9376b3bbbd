import type { Zitadel } from "../../client/create-zitadel.ts";
import type { ZitadelOptions } from "../../client/options.ts";
import { createZitadel } from "../../client/pinned-client.ts";
import type { PinnedServices } from "../../client/pinned-services.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import { folderTokenStore } from "../../token-stores/folder.ts";
import type { Terminal } from "../terminal.ts";
import { toAuthMethod } from "./credential.ts";
import { debugLogger } from "./debug-logger.ts";
import type { ConnectionValues } from "./options.ts";
import { type ResolvedConnection, resolveConnection } from "./resolve.ts";

/** What a command says beside the connection. */
export type MoreClientOptions = Pick<ZitadelOptions, "timeoutMs" | "headers" | "organizationId">;

/**
 * A client for the connection that options, a profile or the environment name. Close it: `await using zitadel = …`.
 * Import this where a command runs, not before: it loads the client.
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
  const { ca, tokenFolder: folder } = connection;
  return createZitadel({
    url: connection.url,
    auth: toAuthMethod(connection.credential, terminal.env),
    tokenStore: folder === undefined ? undefined : folderTokenStore({ folder }),
    organizationId: more.organizationId ?? connection.organization,
    instanceHost: connection.instanceHost,
    tls: ca === undefined ? undefined : { ca: readOptionFile({ option: "--ca", path: ca }) },
    proxy: connection.proxy,
    httpVersion: connection.httpVersion,
    allowInsecureHttp: connection.allowInsecureHttp,
    timeoutMs: more.timeoutMs,
    headers: more.headers,
    userAgent: "zitadel-connect-cli",
    logger: terminal.debug ? debugLogger(terminal) : undefined,
  });
}
