import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { AuthService } from "../../../../gen/zitadel/auth_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import {
  type AuthFactorSchema,
  AuthFactorState,
  type WebAuthNTokenSchema,
} from "../../../../gen/zitadel/user_pb.js";
import { zitadelError } from "../../errors.ts";
import type { CallContext, Handlers } from "../../handlers.ts";
import { getAuthMethods } from "../../state/auth-methods.ts";
import type { SecurityKey } from "../../state/model/auth-methods.ts";
import type { Store } from "../../state/model/store.ts";
import type { toChangeDetailsV1 } from "../details.ts";
import { createFactorHandlers, listAuthMethods } from "../user-v2/factors.ts";
import { createSecurityKeyHandlers } from "../user-v2/security-keys.ts";

type Details = ReturnType<typeof toChangeDetailsV1>;

interface ResponseV2 {
  readonly details: Details;
}

/** The v2 RPC that does the same. It reads only the given fields, and its details have the same names. */
type RpcV2<Response = ResponseV2> = (request: object, context: CallContext) => Response;

interface RpcsV2 {
  readonly registerTOTP: RpcV2<ResponseV2 & { readonly uri: string; readonly secret: string }>;
  readonly verifyTOTPRegistration: RpcV2;
  readonly removeTOTP: RpcV2;
  readonly addOTPSMS: RpcV2;
  readonly removeOTPSMS: RpcV2;
  readonly addOTPEmail: RpcV2;
  readonly removeOTPEmail: RpcV2;
  readonly registerU2F: RpcV2<Registration>;
  readonly verifyU2FRegistration: RpcV2;
  readonly removeU2F: RpcV2;
  readonly registerPasskey: RpcV2<Registration>;
  readonly verifyPasskeyRegistration: RpcV2;
  readonly removePasskey: RpcV2;
  readonly createPasskeyRegistrationLink: RpcV2<
    ResponseV2 & { readonly code?: { id: string; code: string } }
  >;
}

interface Registration extends ResponseV2 {
  readonly publicKeyCredentialCreationOptions: JsonObject;
}

function createRpcsV2(store: Store): RpcsV2 {
  // The handlers only read the fields of requests, which need not be messages.
  return { ...createFactorHandlers(store), ...createSecurityKeyHandlers(store) } as unknown as RpcsV2;
}

/** Converts the response to an addition, which in v1 has `creationDate` instead of `changeDate`. */
function toAddition({ details }: ResponseV2, { organizationId }: CallContext) {
  const { sequence = 0n, changeDate: creationDate, resourceOwner = "" } = details;
  const owner = resourceOwner === "" ? organizationId : resourceOwner;
  return { details: { sequence, ...(creationDate && { creationDate }), resourceOwner: owner } };
}

const READY = AuthFactorState.READY;
const LINK_LIFETIME = { seconds: 3_600n };

/** Second factors and passkeys of an organization's humans. */
export function createHumanFactorsV1(store: Store): Handlers<typeof ManagementService> {
  const v2 = createRpcsV2(store);
  const details = ({ details: one }: ResponseV2) => ({ details: one });
  return {
    listHumanAuthFactors: ({ userId }) => ({ result: listFactors(store, userId) }),
    removeHumanAuthFactorOTP: (request, context) => details(v2.removeTOTP(request, context)),
    removeHumanAuthFactorOTPSMS: (request, context) => details(v2.removeOTPSMS(request, context)),
    removeHumanAuthFactorOTPEmail: (request, context) => details(v2.removeOTPEmail(request, context)),
    removeHumanAuthFactorU2F: ({ userId, tokenId: u2fId }, context) =>
      details(v2.removeU2F({ userId, u2fId }, context)),
    listHumanPasswordless: ({ userId }) => ({ result: listPasskeys(store, userId) }),
    removeHumanPasswordless: ({ userId, tokenId: passkeyId }, context) =>
      details(v2.removePasskey({ userId, passkeyId }, context)),
    addPasswordlessRegistration: ({ userId }, context) => createLink(v2, userId, context),
    sendPasswordlessRegistration: ({ userId }, context) => sendLink(v2, userId, context),
  };
}

/** Second factors and passkeys of the caller. */
export function createOwnFactorsV1(store: Store): Handlers<typeof AuthService> {
  const v2 = createRpcsV2(store);
  const me = ({ caller }: CallContext) => ({ userId: caller?.userId ?? "" });
  return {
    listMyAuthFactors: (_, context) => ({ result: listFactors(store, me(context).userId) }),
    addMyAuthFactorOTP: (_, context) => {
      const { uri: url, secret, details } = v2.registerTOTP(me(context), context);
      return { url, secret, details };
    },
    verifyMyAuthFactorOTP: ({ code }, context) =>
      v2.verifyTOTPRegistration({ ...me(context), code }, context),
    removeMyAuthFactorOTP: (_, context) => v2.removeTOTP(me(context), context),
    addMyAuthFactorOTPSMS: (_, context) => toAddition(v2.addOTPSMS(me(context), context), context),
    removeMyAuthFactorOTPSMS: (_, context) => v2.removeOTPSMS(me(context), context),
    addMyAuthFactorOTPEmail: (_, context) => toAddition(v2.addOTPEmail(me(context), context), context),
    removeMyAuthFactorOTPEmail: (_, context) => v2.removeOTPEmail(me(context), context),
    addMyAuthFactorU2F: (_, context) => toKey(v2.registerU2F({ ...me(context), domain: "" }, context)),
    verifyMyAuthFactorU2F: ({ verification }, context) => {
      const { userId } = me(context);
      const u2fId = findPendingKey(store, userId, "u2f");
      return v2.verifyU2FRegistration({ userId, u2fId, ...toCredential(verification) }, context);
    },
    removeMyAuthFactorU2F: ({ tokenId: u2fId }, context) => v2.removeU2F({ ...me(context), u2fId }, context),
    listMyPasswordless: (_, context) => ({ result: listPasskeys(store, me(context).userId) }),
    addMyPasswordless: (_, context) =>
      toKey(v2.registerPasskey({ ...me(context), domain: "", authenticator: 0 }, context)),
    verifyMyPasswordless: ({ verification }, context) => {
      const { userId } = me(context);
      const passkeyId = findPendingKey(store, userId, "passkey");
      const { tokenName: passkeyName, publicKeyCredential } = toCredential(verification);
      const request = { userId, passkeyId, passkeyName, publicKeyCredential };
      return v2.verifyPasskeyRegistration(request, context);
    },
    removeMyPasswordless: ({ tokenId: passkeyId }, context) =>
      v2.removePasskey({ ...me(context), passkeyId }, context),
    addMyPasswordlessLink: (_, context) => createLink(v2, me(context).userId, context),
    sendMyPasswordlessLink: (_, context) => sendLink(v2, me(context).userId, context),
  };
}

function listFactors(store: Store, userId: string): MessageInitShape<typeof AuthFactorSchema>[] {
  const ready = listAuthMethods(getAuthMethods(store, userId)).filter(({ state }) => Number(state) === READY);
  return ready.map(({ type }): MessageInitShape<typeof AuthFactorSchema> => {
    if (type.case === "u2f") {
      const { id = "", name = "" } = type.value;
      return { state: READY, type: { case: "u2f", value: { id, name } } };
    }
    return { state: READY, type: { case: type.case ?? "otp", value: {} } };
  });
}

function listPasskeys(store: Store, userId: string): MessageInitShape<typeof WebAuthNTokenSchema>[] {
  return findKeys(store, userId, "passkey")
    .filter(({ credential }) => credential !== undefined)
    .map(({ id, name }) => ({ id, name, state: READY }));
}

function findKeys(store: Store, userId: string, type: SecurityKey["type"]): SecurityKey[] {
  return [...getAuthMethods(store, userId).securityKeys.values()].filter((one) => one.type === type);
}

/** Finds the unverified key, since requests of v1 do not name it. */
function findPendingKey(store: Store, userId: string, type: SecurityKey["type"]): string {
  return findKeys(store, userId, type).findLast(({ credential }) => credential === undefined)?.id ?? "";
}

function toKey({ details, publicKeyCredentialCreationOptions: options }: Registration) {
  return { key: { publicKey: Buffer.from(JSON.stringify(options)) }, details };
}

function toCredential(
  verification: { readonly publicKeyCredential: Uint8Array; readonly tokenName: string } | undefined,
): { publicKeyCredential: JsonObject; tokenName: string } {
  const { publicKeyCredential = new Uint8Array(), tokenName = "" } = verification ?? {};
  try {
    // Whatever reads the credential checks each field.
    return {
      publicKeyCredential: JSON.parse(Buffer.from(publicKeyCredential).toString()) as JsonObject,
      tokenName,
    };
  } catch {
    throw zitadelError(Code.InvalidArgument, "DOMAIN-7KD8r", "Error on parsing credential");
  }
}

function createLink(v2: RpcsV2, userId: string, context: CallContext) {
  const medium = { case: "returnCode", value: {} };
  const response = v2.createPasskeyRegistrationLink({ userId, medium }, context);
  const { id = "", code = "" } = response.code ?? {};
  const query = new URLSearchParams({ userID: userId, codeID: id, code });
  const link = `${context.origin}/ui/login/login/passwordless/init?${query}`;
  return { ...toAddition(response, context), link, expiration: LINK_LIFETIME };
}

function sendLink(v2: RpcsV2, userId: string, context: CallContext) {
  const medium = { case: "sendLink", value: {} };
  return toAddition(v2.createPasskeyRegistrationLink({ userId, medium }, context), context);
}
