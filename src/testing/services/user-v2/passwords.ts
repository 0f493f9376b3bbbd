import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { ensureAuthMethods, getAuthMethods } from "../../state/auth-methods.ts";
import { checkCode, codeMatches, newCode } from "../../state/codes.ts";
import { toNanoseconds } from "../../state/event-payloads.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, User } from "../../state/model/user.ts";
import { checkPassword, newPassword, newUncheckedPassword } from "../../state/passwords.ts";
import { writeEvents } from "../../state/store.ts";
import { checkUrlTemplate } from "../../state/url-templates.ts";
import { contactVerified, passwordChanged } from "../../state/user-events.ts";
import { userNotFound } from "../../state/users.ts";
import { toChangeDetails } from "../details.ts";

const EMPTY_PASSWORD = "Password is empty";
/** The number of wrong codes after which an invitation ends. */
const INVITE_ATTEMPTS = 3;

/** Passwords of humans, and codes to set them. */
export function createPasswordHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setPassword: ({ userId, newPassword: wanted, verification }) => {
      const { password = "", changeRequired = false } = wanted ?? {};
      if (verification.case === "currentPassword" && (verification.value === "" || password === "")) {
        throw zitadelError(Code.InvalidArgument, "COMMAND-3M0fs", EMPTY_PASSWORD);
      }
      if (verification.case === "verificationCode" && password === "") {
        throw zitadelError(Code.InvalidArgument, "COMMAND-Mf0sd", EMPTY_PASSWORD);
      }
      const { user, human } = findHuman(store, userId, passwordNotFound);
      if (verification.case === "currentPassword") {
        checkPassword(store, userId, verification.value, ({ text }) => text !== password);
      } else if (verification.case === "verificationCode") {
        checkCode(store, getAuthMethods(store, userId).passwordCode, verification.value);
      }
      // The server accepts an empty password if neither the current one nor a code is given.
      human.password =
        password === ""
          ? newUncheckedPassword(store, password, changeRequired)
          : newPassword(store, password, changeRequired, { organizationId: user.resourceOwner });
      writeEvents(store, user, passwordChanged(changeRequired));
      return { details: toChangeDetails(user) };
    },
    passwordReset: ({ userId, medium }) => {
      if (medium.case === "sendLink") checkUrlTemplate(medium.value.urlTemplate);
      const { user } = findHuman(store, userId, () => userNotFound("COMMAND-SAF4f"));
      const code = newCode(store, "password");
      ensureAuthMethods(store, userId).passwordCode = code;
      const payload = { expiry: toNanoseconds(code.lifetimeMs), codeReturned: medium.case === "returnCode" };
      writeEvents(store, user, { type: "user.human.password.code.added", payload });
      return {
        details: toChangeDetails(user),
        ...(medium.case === "returnCode" ? { verificationCode: code.text } : {}),
      };
    },
  };
}

/** Invitations of humans who have no authentication method yet. */
export function createInviteHandlers(store: Store): Handlers<typeof UserService> {
  const invite = (userId: string, returned: boolean, again: boolean): { user: User; code: string } => {
    const { user, human } = findHuman(store, userId.trim(), () => inviteRefused("COMMAND-Wgvn4"));
    const methods = ensureAuthMethods(store, user.id);
    if (human.password !== undefined || methods.idpLinks.size > 0 || hasPasskey(store, user.id)) {
      throw zitadelError(Code.FailedPrecondition, "COMMAND-EF34g", "User is already initialized");
    }
    if (again && (methods.invite?.code === undefined || methods.invite.returned)) {
      throw zitadelError(Code.FailedPrecondition, "COMMAND-Wr3gq", "Code not found");
    }
    const code = newCode(store, "invite");
    methods.invite = { code, returned, failedAttempts: 0 };
    const payload = { expiry: toNanoseconds(code.lifetimeMs), codeReturned: returned };
    writeEvents(store, user, { type: "user.human.invite.code.added", payload });
    return { user, code: code.text };
  };
  return {
    createInviteCode: ({ userId, verification }) => {
      if (verification.case === "sendCode") checkUrlTemplate(verification.value.urlTemplate);
      const returned = verification.case === "returnCode";
      const { user, code } = invite(userId, returned, false);
      return { details: toChangeDetails(user), ...(returned ? { inviteCode: code } : {}) };
    },
    resendInviteCode: ({ userId }) => ({ details: toChangeDetails(invite(userId, false, true).user) }),
    verifyInviteCode: ({ userId, verificationCode }) => {
      const { user, human } = findHuman(store, userId, () => inviteRefused("COMMAND-F5g2h"));
      const { invite: invited } = getAuthMethods(store, userId);
      if (!codeMatches(store, invited?.code, verificationCode)) {
        writeEvents(store, user, { type: "user.human.invite.check.failed" });
        if (invited !== undefined) countFailedInvite(store, userId);
        throw zitadelError(Code.InvalidArgument, "COMMAND-Wgn4q", "Code is invalid");
      }
      human.email = { ...human.email, verified: true };
      writeEvents(store, user, { type: "user.human.invite.check.succeeded" }, contactVerified("email"));
      return { details: toChangeDetails(user) };
    },
  };
}

/** Counts a failed attempt. Invalidates the code after too many of them, or if it has expired. */
function countFailedInvite(store: Store, userId: string): void {
  const { invite } = ensureAuthMethods(store, userId);
  if (invite?.code === undefined) return;
  invite.failedAttempts += 1;
  if (invite.failedAttempts < INVITE_ATTEMPTS && invite.code.expiresAt >= store.now()) return;
  invite.code = undefined;
  invite.returned = false;
}

function hasPasskey(store: Store, userId: string): boolean {
  const keys = [...getAuthMethods(store, userId).securityKeys.values()];
  return keys.some(({ type, credential }) => type === "passkey" && credential !== undefined);
}

function findHuman(store: Store, userId: string, unknown: () => Error): { user: User; human: Human } {
  const user = store.users.get(userId);
  if (user?.human === undefined) throw unknown();
  return { user, human: user.human };
}

function passwordNotFound(): Error {
  return zitadelError(Code.FailedPrecondition, "COMMAND-G8dh3", "Password not found");
}

function inviteRefused(id: string): Error {
  return zitadelError(Code.FailedPrecondition, id, "User could not be found");
}
