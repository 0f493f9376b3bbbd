import type { AuthContext } from "../../auth/auth-method.ts";
import { checkedTokenSource } from "../../auth/cache/checked-token-source.ts";
import type { AccessToken } from "../../auth/token-source.ts";
import { resolveOrigin } from "../../client/origin.ts";
import { folderTokenStore } from "../../token-stores/folder.ts";
import type { Connection } from "../../transport/connection.ts";
import type { Terminal } from "../terminal.ts";
import { toAuthMethod } from "./credential.ts";
import { findTokenFolder, type ResolvedConnection } from "./resolve.ts";

/** What a token is for, besides Zitadel's API. */
export interface TokenRequest {
  readonly projectIds: readonly string[];
  readonly scopes: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Obtains a token for a connection: one that an earlier command stored, or a new one. Only the latter loads the code
 * that connects.
 */
export async function obtainToken(
  connection: ResolvedConnection,
  { projectIds, scopes, timeoutMs }: TokenRequest,
  terminal: Terminal,
): Promise<AccessToken> {
  const auth = toAuthMethod(connection.credential, terminal.env, { projectIds, scopes });
  const origin = resolveOrigin(connection.url, {}, connection.allowInsecureHttp ?? false);
  const folder = findTokenFolder(terminal.env, connection.profile);
  let opened: Promise<Connection> | undefined;
  const open = (): Promise<Connection> => {
    opened ??= import("./open-client.ts").then(({ openConnection }) => openConnection(connection, terminal));
    return opened;
  };
  let refusal: unknown;
  const context: AuthContext = {
    onEvent(event) {
      if (event.type === "token-request-failed" || event.type === "credential-refused") refusal = event.error;
    },
    origin,
    instanceHost: connection.instanceHost,
    projectIds,
    tokenStore: connection.cache ? folderTokenStore({ folder }) : undefined,
    http: async (request) => (await open()).http(request),
  };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await checkedTokenSource(auth(context)).getToken({ signal });
  } catch (error) {
    // A token source retries transient failures: if the time is up, the last refusal is the reason.
    throw signal.aborted ? (refusal ?? error) : error;
  } finally {
    (await opened)?.close();
  }
}
