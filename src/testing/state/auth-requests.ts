import { randomInt } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { findClient } from "./applications.ts";
import type { AuthRequest, DeviceAuthorization } from "./model/oidc.ts";
import type { Session } from "./model/session.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { checkOpen } from "./sessions.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";

type Settings<Request extends AuthRequest | DeviceAuthorization, Own extends keyof Request> = Omit<
  Request,
  keyof ReturnType<typeof newAggregate> | "progress" | "signIn" | Own
>;

const DEVICE_LIFETIME_MS = 300_000;

/** Consonants only, so that codes do not spell words. */
const USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

/** Stores an authorization request of an application. */
export function addAuthRequest(store: Store, settings: Settings<AuthRequest, "code">): AuthRequest {
  const id = `V2_${store.newId()}`;
  const request: AuthRequest = {
    ...newAggregate(store, { aggregateType: "auth_request", id, resourceOwner: store.instanceId }),
    ...settings,
    code: "",
    progress: "added",
    signIn: undefined,
  };
  const { clientId, redirectUri, scopes } = settings;
  const payload = { login_client: settings.loginClient, client_id: clientId, redirect_uri: redirectUri };
  writeEvents(store, request, { type: "auth_request.added", payload: { ...payload, scope: [...scopes] } });
  store.authRequests.set(id, request);
  return request;
}

/** Finds an authorization request by its code. */
export function findAuthRequestByCode(store: Store, code: string): AuthRequest | undefined {
  return [...store.authRequests.values()].find((one) => one.code === code);
}

/** Stores a device authorization request, which is valid for five minutes. */
export function addDeviceAuthorization(
  store: Store,
  settings: Settings<DeviceAuthorization, "requestId" | "userCode" | "expiresAt">,
): DeviceAuthorization {
  const id = secretText(22);
  const device: DeviceAuthorization = {
    ...newAggregate(store, { aggregateType: "device_auth", id, resourceOwner: store.instanceId }),
    ...settings,
    requestId: secretText(38),
    userCode: newUserCode(),
    expiresAt: store.now() + DEVICE_LIFETIME_MS,
    progress: "initiated",
    signIn: undefined,
  };
  const payload = { client_id: settings.clientId, scopes: [...settings.scopes] };
  writeEvents(store, device, { type: "device.authorization.added", payload });
  store.deviceAuthorizations.set(id, device);
  return device;
}

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => USER_CODE_LETTERS[randomInt(USER_CODE_LETTERS.length)]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}

/** Finds the session that a user signs in with. Throws if it has ended, or the token is not its newest. */
export function requireSignIn(
  store: Store,
  sessionId: string,
  sessionToken: string,
): { session: Session; user: User } {
  const session = store.sessions.get(sessionId);
  if (session === undefined || session.state === "unknown") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Flk38", "Session does not exist");
  }
  checkOpen(store, session);
  if (session.token !== sessionToken) {
    throw zitadelError(Code.PermissionDenied, "COMMAND-sGr42", "Session Token is invalid");
  }
  const user = store.users.get(session.user?.userId ?? "");
  if (user === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Flk38", "Session does not exist");
  }
  return { session, user };
}

/** Throws if the project of a client requires an authorization or a project grant that the user does not have. */
export function requireProjectAccess(store: Store, clientId: string, user: User): void {
  const project = store.projects.get(findClient(store, clientId)?.projectId ?? "");
  if (project === undefined) return;
  const { resourceOwner } = user;
  const isGranted =
    project.resourceOwner === resourceOwner || project.grants.get(resourceOwner)?.state === "active";
  if (project.projectAccessRequired && !isGranted) {
    throw zitadelError(Code.PermissionDenied, "OIDC-foSyH49RvL", "Errors.User.ProjectRequired");
  }
  const isAuthorized = [...store.authorizations.values()].some(
    (one) => one.userId === user.id && one.projectId === project.id && one.state === "active",
  );
  if (project.authorizationRequired && !isAuthorized) {
    throw zitadelError(Code.PermissionDenied, "OIDC-foSyH49RvL", "Errors.User.GrantRequired");
  }
}
