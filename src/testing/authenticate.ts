import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { methodTraits } from "../descriptor/method-traits.ts";
import { tokenInvalid, zitadelError } from "./errors.ts";
import type { Caller } from "./handlers.ts";
import type { Store } from "./state/model/store.ts";
import { authenticateBySession, findSessionByToken } from "./state/sessions.ts";
import { findActiveToken } from "./state/tokens.ts";
import type { SystemUsers } from "./system-users.ts";

/** The caller, and the organization of the call. */
export interface Identity {
  readonly caller: Caller | undefined;
  readonly organizationId: string;
}

const SCHEME = "Bearer ";
const SYSTEM_SERVICE = "zitadel.system.v1.SystemService";

/** Checks the bearer token and the organization of a call, in the server's order. Throws the server's errors. */
export async function authenticate(
  store: Store,
  systemUsers: SystemUsers,
  method: DescMethod,
  headers: Headers,
): Promise<Identity> {
  if (!methodTraits(method).authenticated) {
    return { caller: undefined, organizationId: store.defaultOrganizationId };
  }
  return await authenticateBearer(store, systemUsers, headers, method.parent.typeName === SYSTEM_SERVICE);
}

/** Checks the bearer token and the organization of a request. */
export async function authenticateBearer(
  store: Store,
  systemUsers: SystemUsers,
  headers: Headers,
  isForSystem = false,
): Promise<Identity> {
  const bearer = readBearer(headers);
  const caller = (await systemUsers.verify(bearer)) ?? (isForSystem ? undefined : findCaller(store, bearer));
  if (caller === undefined) throw tokenInvalid();
  const asked = headers.get("x-zitadel-orgid") ?? "";
  if (asked !== "" && !store.organizations.has(asked) && !store.removedOrganizations.has(asked))
    throw organizationUnknown();
  return { caller, organizationId: asked === "" ? caller.organizationId : asked };
}

/** The server's error for an organization that it cannot find, or could not look up before the deadline. */
export function organizationUnknown(): ConnectError {
  return zitadelError(Code.PermissionDenied, "AUTH-Bs7Ds", "Organisation doesn't exist");
}

function readBearer(headers: Headers): string {
  const header = headers.get("authorization") ?? "";
  if (header === "") throw new ConnectError("auth header missing", Code.Unauthenticated);
  if (!header.startsWith(SCHEME)) {
    throw zitadelError(Code.Unauthenticated, "AUTH-toLo1", "invalid auth header");
  }
  return header.slice(SCHEME.length);
}

function findCaller(store: Store, bearer: string): Caller | undefined {
  const session = findSessionByToken(store, bearer);
  if (session !== undefined) {
    const { id, resourceOwner } = authenticateBySession(store, session, bearer);
    return { userId: id, organizationId: resourceOwner };
  }
  const found = findActiveToken(store, bearer);
  if (found === undefined || !found.token.forApi) return undefined;
  const { token, user } = found;
  if (token.actor !== undefined) {
    throw zitadelError(Code.PermissionDenied, "APP-Shi0J", "Errors.TokenExchange.Token.NotForAPI");
  }
  return { userId: user.id, organizationId: user.resourceOwner };
}
