import { findUserHistory, getAuthMethods } from "../state/auth-methods.ts";
import { isLinked } from "../state/idp-links.ts";
import type { FindScope, Rule } from "./scope.ts";

/** A user, including removed ones. */
const everUser: FindScope = (store, { userId }) => {
  const found = findUserHistory(store, String(userId));
  return found && { organizationId: found.resourceOwner, self: found.id };
};

const human: FindScope = (store, request) =>
  store.users.get(String(request["userId"]))?.human === undefined ? undefined : everUser(store, request);

const user: FindScope = (store, request) =>
  store.users.has(String(request["userId"])) ? everUser(store, request) : undefined;

/** A code or the current password replaces the permission. Without either, even the users themselves need it. */
const withoutVerification: FindScope = (store, request) => {
  const { case: verification } = (request["verification"] ?? {}) as { case?: string };
  const scope = verification === undefined ? human(store, request) : undefined;
  return scope && { organizationId: scope.organizationId };
};

const withTotp: FindScope = (store, request) =>
  getAuthMethods(store, String(request["userId"])).totp && everUser(store, request);

const withKey =
  (field: "passkeyId" | "u2fId"): FindScope =>
  (store, request) =>
    getAuthMethods(store, String(request["userId"])).securityKeys.get(String(request[field])) &&
    everUser(store, request);

const withIdpLink: FindScope = (store, request) => {
  const link = { idpId: String(request["idpId"]), externalId: String(request["linkedUserId"]) };
  return isLinked(store, String(request["userId"]), link) ? everUser(store, request) : undefined;
};

/** Any user: the server checks the permission before it looks for the user. */
const anyUser: FindScope = (store, request) =>
  everUser(store, request) ?? { organizationId: "", self: String(request["userId"]) };

const ownCredential: Rule = ["user.credential.write", everUser];
const invitation: Rule = ["user.write", anyUser];

/** The rules for authentication methods: the checks in Zitadel's internal/command. */
export const SIGN_IN_RULES: Readonly<Record<string, Rule>> = {
  setPassword: ["user.write", withoutVerification],
  passwordReset: ["user.write", human],
  createInviteCode: invitation,
  resendInviteCode: invitation,
  registerTOTP: ["user.credential.write", human],
  verifyTOTPRegistration: ownCredential,
  removeTOTP: ["user.write", withTotp],
  addOTPSMS: ownCredential,
  addOTPEmail: ownCredential,
  removeOTPSMS: ["user.write", everUser],
  removeOTPEmail: ["user.write", everUser],
  generateRecoveryCodes: ["user.credential.write", user],
  removeRecoveryCodes: ownCredential,
  registerPasskey: ownCredential,
  registerU2F: ["user.credential.write", human],
  removePasskey: ["user.write", withKey("passkeyId")],
  removeU2F: ["user.write", withKey("u2fId")],
  humanMFAInitSkipped: ["user.write", user],
  addIDPLink: ["user.write", user],
  removeIDPLink: ["user.write", withIdpLink],
};
