import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { PasskeyAuthenticator } from "../../../../gen/zitadel/user/v2/auth_pb.js";
import { AuthFactorState } from "../../../../gen/zitadel/user/v2/user_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  ensureAuthMethods,
  findUserHistory,
  getAuthMethods,
  getUserHistory,
  requireUserHistory,
} from "../../state/auth-methods.ts";
import { codeMatches, newCode } from "../../state/codes.ts";
import { toNanoseconds } from "../../state/event-payloads.ts";
import type { SecurityKey } from "../../state/model/auth-methods.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { checkUrlTemplate } from "../../state/url-templates.ts";
import { getDisplayName, userNotFound } from "../../state/users.ts";
import { parseRegistration, verifyRegistration } from "../../webauthn/verify.ts";
import { createCreationOptions, newChallenge } from "../../webauthn/webauthn-options.ts";
import { toChangeDetails } from "../details.ts";
import { toListDetails } from "../lists.ts";
import { requireUserRead } from "./factors.ts";

const LINK_FIELDS: readonly string[] = ["UserID", "OrgID", "CodeID", "Code"];

const ATTACHMENTS: Readonly<Partial<Record<PasskeyAuthenticator, "platform" | "cross-platform">>> = {
  [PasskeyAuthenticator.PLATFORM]: "platform",
  [PasskeyAuthenticator.CROSS_PLATFORM]: "cross-platform",
};

/** The event types, and the id of the error for a removed user. */
const TYPES = {
  passkey: { event: "user.human.passwordless.token", removed: "COMMAND-Mv9sd" },
  u2f: { event: "user.human.mfa.u2f.token", removed: "COMMAND-4M0ds" },
} as const;

const INIT_CODE = "user.human.passwordless.initialization.code";

/** WebAuthn keys: passkeys and second factors. */
export function createSecurityKeyHandlers(store: Store): Handlers<typeof UserService> {
  return {
    registerPasskey: ({ userId, domain, authenticator, code }, { origin }) => {
      if (code === undefined) requireUserHistory(store, userId);
      else checkPasskeyCode(store, userId, code);
      const user = findKeyOwner(store, userId, "passkey");
      const events =
        code === undefined ? [] : [{ type: `${INIT_CODE}.check.succeeded`, payload: { id: code.id } }];
      const wanted = { domain, attachment: ATTACHMENTS[authenticator], origin };
      const { key, options } = register(store, user, "passkey", wanted);
      writeEvents(store, user, ...events);
      if (code !== undefined) ensureAuthMethods(store, userId).passkeyCodes.delete(code.id);
      return {
        details: toChangeDetails(user),
        passkeyId: key.id,
        publicKeyCredentialCreationOptions: options,
      };
    },
    registerU2F: ({ userId, domain }, { origin }) => {
      const user = findKeyOwner(store, userId, "u2f");
      const { key, options } = register(store, user, "u2f", { domain, attachment: undefined, origin });
      return { details: toChangeDetails(user), u2fId: key.id, publicKeyCredentialCreationOptions: options };
    },
    verifyPasskeyRegistration: ({ userId, publicKeyCredential, passkeyName }) => {
      const user = findKeyOwner(store, userId, "passkey");
      return finishRegistration(store, user, "passkey", {
        credential: publicKeyCredential,
        name: passkeyName,
      });
    },
    verifyU2FRegistration: ({ userId, publicKeyCredential, tokenName }) => {
      const user = findKeyOwner(store, userId, "u2f");
      return finishRegistration(store, user, "u2f", { credential: publicKeyCredential, name: tokenName });
    },
    removePasskey: ({ userId, passkeyId }) => removeKey(store, userId, "passkey", passkeyId),
    removeU2F: ({ userId, u2fId }) => removeKey(store, userId, "u2f", u2fId),
    createPasskeyRegistrationLink: ({ userId, medium }) => {
      if (medium.case === "sendLink") checkUrlTemplate(medium.value.urlTemplate, LINK_FIELDS);
      const user = getUserHistory(store, userId);
      const code = newCode(store, "passkey");
      const id = store.newId();
      ensureAuthMethods(store, userId).passkeyCodes.set(id, code);
      const payload = {
        id,
        expiry: toNanoseconds(code.lifetimeMs),
        codeReturned: medium.case === "returnCode",
      };
      writeEvents(store, user, { type: `${INIT_CODE}.requested`, payload });
      return {
        details: toChangeDetails(user),
        ...(medium.case === "returnCode" ? { code: { id, code: code.text } } : {}),
      };
    },
    listPasskeys: ({ userId }, { caller }) => {
      const keys = [...getAuthMethods(store, userId).securityKeys.values()];
      const passkeys = keys.filter(({ type, credential }) => type === "passkey" && credential !== undefined);
      if (passkeys.length > 0) requireUserRead(store, caller, userId);
      return {
        details: toListDetails(store, { total: BigInt(passkeys.length) }),
        result: passkeys.map(({ id, name }) => ({ id, name, state: AuthFactorState.READY })),
      };
    },
  };
}

/** Throws if the code for a registration is invalid. */
function checkPasskeyCode(
  store: Store,
  userId: string,
  { id, code }: { readonly id: string; readonly code: string },
): void {
  if (codeMatches(store, getAuthMethods(store, userId).passkeyCodes.get(id), code)) return;
  writeEvents(store, getUserHistory(store, userId), { type: `${INIT_CODE}.check.failed`, payload: { id } });
  throw zitadelError(Code.InvalidArgument, "COMMAND-Eeb2a", "Code is invalid");
}

function findKeyOwner(store: Store, userId: string, type: SecurityKey["type"]): User {
  if (store.removedUsers.has(userId) && !store.users.has(userId)) throw userNotFound(TYPES[type].removed);
  const user = store.users.get(userId);
  if (user?.human === undefined) throw userNotFound("COMMAND-M9dsd");
  return user;
}

function register(
  store: Store,
  user: User,
  type: SecurityKey["type"],
  wanted: {
    readonly domain: string;
    readonly attachment: "platform" | "cross-platform" | undefined;
    readonly origin: string;
  },
): { key: SecurityKey; options: JsonObject } {
  const { securityKeys } = ensureAuthMethods(store, user.id);
  const rpId = wanted.domain === "" ? new URL(wanted.origin).hostname : wanted.domain;
  const exclude = [...securityKeys.values()].filter(
    (one) => one.type === type && one.credential !== undefined && one.rpId === wanted.domain,
  );
  const [id, challenge] = [store.newId(), newChallenge()];
  const payload = { webAuthNTokenId: id, challenge, rpID: rpId };
  writeEvents(store, user, { type: `${TYPES[type].event}.added`, payload });
  const key = { type, id, rpId, challenge, name: "", credential: undefined, sequence: user.sequence };
  securityKeys.set(id, key);
  const about = { id: user.id, name: user.username, displayName: getDisplayName(user) };
  const { attachment } = wanted;
  return { key, options: createCreationOptions({ challenge, rpId, user: about, attachment, exclude }) };
}

/** Finishes a registration. The server uses the first unfinished one, regardless of the id in the request. */
function finishRegistration(
  store: Store,
  user: User,
  type: SecurityKey["type"],
  { credential, name }: { readonly credential: JsonObject | undefined; readonly name: string },
): { details: ReturnType<typeof toChangeDetails> } {
  const keys = [...getAuthMethods(store, user.id).securityKeys.values()];
  const key = keys.find((one) => one.type === type && one.credential === undefined);
  if (key === undefined) throw webAuthnError("WEBAU-5M9so", "WebAuthN Token could not be found");
  const registration = parseRegistration(credential);
  if (registration === undefined) throw webAuthnError("WEBAU-sEr8c", "Error on parse credential data");
  const expectation = { challenge: key.challenge, rpId: key.rpId, userVerification: false };
  const verified = verifyRegistration(registration, expectation);
  if (verified === undefined) throw webAuthnError("WEBAU-3Vb9s", "Error on create credentials");
  key.credential = verified;
  key.name = name;
  const payload = {
    webAuthNTokenId: key.id,
    keyId: verified.id,
    publicKey: Buffer.from(verified.publicKey).toString("base64"),
    signCount: verified.signCount,
    webAuthNTokenName: name,
  };
  writeEvents(store, user, { type: `${TYPES[type].event}.verified`, payload });
  return { details: toChangeDetails(user) };
}

function removeKey(
  store: Store,
  userId: string,
  type: SecurityKey["type"],
  keyId: string,
): { details: ReturnType<typeof toChangeDetails> } {
  const user = findUserHistory(store, userId);
  if (user === undefined || !getAuthMethods(store, userId).securityKeys.delete(keyId)) {
    throw zitadelError(Code.NotFound, "COMMAND-DAfb2", "WebAuthN Token could not be found");
  }
  writeEvents(store, user, { type: `${TYPES[type].event}.removed`, payload: { webAuthNTokenId: keyId } });
  return { details: toChangeDetails(user) };
}

function webAuthnError(id: string, message: string): Error {
  return zitadelError(Code.Internal, id, message);
}
