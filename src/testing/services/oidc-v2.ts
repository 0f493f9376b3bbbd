import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason, Prompt } from "../../../gen/zitadel/oidc/v2/authorization_pb.js";
import type { OIDCService } from "../../../gen/zitadel/oidc/v2/oidc_service_pb.js";
import { checkPermission } from "../access/permissions.ts";
import { zitadelError } from "../errors.ts";
import type { Caller, Handlers } from "../handlers.ts";
import { toSignIn } from "../oidc/sign-in.ts";
import { findClient } from "../state/applications.ts";
import { requireProjectAccess, requireSignIn } from "../state/auth-requests.ts";
import type { AuthRequest, DeviceAuthorization } from "../state/model/oidc.ts";
import type { Store } from "../state/model/store.ts";
import { secretText, writeEvents } from "../state/store.ts";
import { toChangeDetails } from "./details.ts";

const CODE_LENGTH = 43;

/** zitadel.oidc.v2.OIDCService, which has the RPCs for a custom login. */
export function createOidcV2(store: Store): Handlers<typeof OIDCService> {
  return { ...createAuthRequestHandlers(store), ...createDeviceHandlers(store) };
}

function createAuthRequestHandlers(store: Store): Handlers<typeof OIDCService> {
  return {
    getAuthRequest: ({ authRequestId }, { caller }) => {
      const request = store.authRequests.get(authRequestId);
      if (request === undefined) {
        throw zitadelError(Code.NotFound, "QUERY-Thee9", "Auth Request does not exist");
      }
      requireLoginClient(store, caller, request, "session.read");
      const { maxAgeSeconds, loginHint, hintUserId } = request;
      return {
        authRequest: {
          id: request.id,
          creationDate: timestampFromMs(request.createdAt),
          clientId: request.clientId,
          scope: [...request.scopes],
          redirectUri: request.redirectUri,
          prompt: request.prompts.map((one) => PROMPTS[one] ?? Prompt.UNSPECIFIED),
          uiLocales: [...request.uiLocales],
          ...(loginHint === undefined ? {} : { loginHint }),
          ...(hintUserId === undefined ? {} : { hintUserId }),
          ...(maxAgeSeconds === undefined ? {} : { maxAge: durationFromMs(maxAgeSeconds * 1_000) }),
        },
      };
    },
    createCallback: ({ authRequestId, callbackKind }, { caller }) => {
      const request = store.authRequests.get(authRequestId);
      if (callbackKind.case === "error") {
        if (request?.progress !== "added") {
          throw zitadelError(
            Code.FailedPrecondition,
            "COMMAND-Sx202nt",
            "Auth Request has already been handled",
          );
        }
        requireLoginClient(store, caller, request, "session.link");
        const { error, errorDescription = "", errorUri = "" } = callbackKind.value;
        request.progress = "failed";
        writeEvents(store, request, { type: "auth_request.failed", payload: { reason: error } });
        const parameters = {
          error: REASONS[error] ?? "server_error",
          error_description: errorDescription,
          error_uri: errorUri,
          state: request.state,
        };
        return { details: toChangeDetails(request), callbackUrl: toCallbackUrl(request, parameters) };
      }
      if (request === undefined) {
        throw zitadelError(Code.NotFound, "COMMAND-jae5P", "Auth Request does not exist");
      }
      if (request.progress !== "added") {
        throw zitadelError(
          Code.FailedPrecondition,
          "COMMAND-Sx208nt",
          "Auth Request has already been handled",
        );
      }
      requireLoginClient(store, caller, request, "session.link");
      if (request.responseType !== "code") {
        throw new ConnectError("The emulator supports only the response type code", Code.Unimplemented);
      }
      const { sessionId = "", sessionToken = "" } = callbackKind.value ?? {};
      const { session, user } = requireSignIn(store, sessionId, sessionToken);
      requireProjectAccess(store, request.clientId, user);
      requireOrganization(request, user.resourceOwner, "COMMAND-59ljd");
      request.signIn = toSignIn(session);
      writeEvents(store, request, {
        type: "auth_request.session.linked",
        payload: { session_id: sessionId },
      });
      request.code = secretText(CODE_LENGTH);
      request.progress = "codeAdded";
      const details = toChangeDetails(request);
      writeEvents(store, request, { type: "auth_request.code.added" });
      return { details, callbackUrl: toCallbackUrl(request, { code: request.code, state: request.state }) };
    },
  };
}

function createDeviceHandlers(store: Store): Handlers<typeof OIDCService> {
  return {
    getDeviceAuthorizationRequest: ({ userCode }) => {
      const device = [...store.deviceAuthorizations.values()].find((one) => one.userCode === userCode);
      if (device === undefined) throw zitadelError(Code.NotFound, "QUERY-Sah9a", DEVICE_UNKNOWN);
      const application = findClient(store, device.clientId);
      return {
        deviceAuthorizationRequest: {
          id: device.requestId,
          clientId: device.clientId,
          scope: [...device.scopes],
          appName: application?.name ?? "",
          projectName: store.projects.get(application?.projectId ?? "")?.name ?? "",
        },
      };
    },
    authorizeOrDenyDeviceAuthorization: ({ deviceAuthorizationId, decision }, { caller }) => {
      const device = [...store.deviceAuthorizations.values()].find(
        (one) => one.requestId === deviceAuthorizationId,
      );
      if (device === undefined) throw zitadelError(Code.NotFound, "COMMAND-D2hf2", DEVICE_UNKNOWN);
      const scope = { organizationId: store.instanceId };
      if (decision.case === "session") {
        if (device.progress !== "initiated") {
          throw zitadelError(Code.FailedPrecondition, "COMMAND-D30Jf", "Errors.DeviceAuth.AlreadyHandled");
        }
        checkPermission(store, caller?.userId ?? "", "session.link", scope);
        const { session, user } = requireSignIn(store, decision.value.sessionId, decision.value.sessionToken);
        requireOrganization(device, user.resourceOwner, "COMMAND-D2j34");
        device.signIn = toSignIn(session);
        device.progress = "approved";
        writeEvents(store, device, { type: "device.authorization.approved", payload: { userID: user.id } });
        return {};
      }
      checkPermission(store, caller?.userId ?? "", "session.link", scope);
      device.progress = "denied";
      writeEvents(store, device, { type: "device.authorization.canceled", payload: { reason: 1 } });
      return {};
    },
  };
}

const DEVICE_UNKNOWN = "Device Authorization Request does not exist";

const PROMPTS: Readonly<Record<string, Prompt>> = {
  none: Prompt.NONE,
  login: Prompt.LOGIN,
  consent: Prompt.CONSENT,
  select_account: Prompt.SELECT_ACCOUNT,
  create: Prompt.CREATE,
};

/** The error codes of OAuth and OIDC, by the enum's numbers in the API. */
const REASONS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(ErrorReason).flatMap(([name, number]) =>
    typeof number === "number" && number > 0 ? [[number, name.toLowerCase()]] : [],
  ),
);

/** Throws if the caller is neither the login client of the request nor has the permission. */
function requireLoginClient(
  store: Store,
  caller: Caller | undefined,
  { loginClient }: AuthRequest,
  permission: string,
): void {
  if (caller === undefined || caller.userId === loginClient) return;
  checkPermission(store, caller.userId, permission, { organizationId: store.instanceId });
}

function requireOrganization(
  { organizationId }: AuthRequest | DeviceAuthorization,
  resourceOwner: string,
  id: string,
): void {
  if (organizationId === "" || organizationId === resourceOwner) return;
  throw zitadelError(Code.FailedPrecondition, id, "Errors.User.NotAllowedOrg");
}

/** Adds parameters to a redirect URI, in the query or the fragment. */
function toCallbackUrl(
  { redirectUri, responseMode, responseType }: AuthRequest,
  parameters: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  const inFragment = responseMode === "fragment" || (responseMode !== "query" && responseType !== "code");
  const url = new URL(redirectUri);
  if (inFragment) {
    url.hash = new URLSearchParams(given).toString();
    return url.href;
  }
  for (const [name, value] of given) url.searchParams.set(name, value);
  return url.href;
}
