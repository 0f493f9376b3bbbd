import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type AuthFactorSchema, AuthFactorState } from "../../../../gen/zitadel/user/v2/user_pb.js";
import {
  AuthenticationMethodType,
  AuthFactors,
  type UserService,
} from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { checkPermission } from "../../access/permissions.ts";
import { zitadelError } from "../../errors.ts";
import type { Caller, Handlers } from "../../handlers.ts";
import {
  ensureAuthMethods,
  findUserHistory,
  getAuthMethods,
  requireUserHistory,
} from "../../state/auth-methods.ts";
import type { AuthMethods } from "../../state/model/auth-methods.ts";
import type { Store } from "../../state/model/store.ts";
import { writeEvents } from "../../state/store.ts";
import { newTotpSecret, toTotpUri, totpMatches } from "../../state/totp.ts";
import { userNotFound } from "../../state/users.ts";
import { toChangeDetails } from "../details.ts";
import { toListDetails } from "../lists.ts";

const ISSUER = "ZITADEL";

/** Authentication factors of a user, except for the password and security keys. */
export function createFactorHandlers(store: Store): Handlers<typeof UserService> {
  return {
    ...totpHandlers(store),
    addOTPSMS: ({ userId }) => {
      const isVerified = store.users.get(userId)?.human?.phone?.verified ?? false;
      return addOtp(store, userId, "otpSms", isVerified);
    },
    addOTPEmail: ({ userId }) => {
      const isVerified = store.users.get(userId)?.human?.email.verified ?? false;
      return addOtp(store, userId, "otpEmail", isVerified);
    },
    removeOTPSMS: ({ userId }) => removeOtp(store, userId, "otpSms"),
    removeOTPEmail: ({ userId }) => removeOtp(store, userId, "otpEmail"),
    humanMFAInitSkipped: ({ userId }) => {
      const user = store.users.get(userId);
      if (user === undefined) throw userNotFound("COMMAND-auj6jeBei4");
      writeEvents(store, user, { type: "user.human.mfa.init.skipped" });
      if (user.human !== undefined) user.human.mfaInitSkippedAt = user.changedAt;
      return { details: toChangeDetails(user) };
    },
    listAuthenticationFactors: ({ userId, authFactors, states }, { caller }) => {
      const wanted = states.length === 0 ? [AuthFactorState.READY] : states;
      const result = listAuthMethods(getAuthMethods(store, userId)).filter(
        ({ state, kind }) =>
          wanted.includes(state) && (authFactors.length === 0 || authFactors.includes(kind)),
      );
      if (result.length > 0) requireUserRead(store, caller, userId);
      return { result: result.map(({ state, type }) => ({ state, type })) };
    },
    listAuthenticationMethodTypes: ({ userId, domainQuery }, { caller, organizationId }) => {
      checkPermission(store, caller?.userId ?? "", "user.read", { organizationId, self: userId });
      const authMethodTypes = listMethodTypes(store, userId, domainQuery?.domain ?? "");
      return {
        details: toListDetails(store, { total: BigInt(authMethodTypes.length) }),
        authMethodTypes,
      };
    },
  };
}

function totpHandlers(store: Store): Handlers<typeof UserService> {
  return {
    registerTOTP: ({ userId }) => {
      const user = store.users.get(userId);
      if (user?.human === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-SqyJz", "User could not be found");
      }
      const methods = ensureAuthMethods(store, userId);
      if (methods.totp?.ready === true) throw alreadyReady("COMMAND-do9se");
      const secret = newTotpSecret();
      writeEvents(store, user, { type: "user.human.mfa.otp.added" });
      methods.totp = { secret, ready: false, failedAttempts: 0, sequence: user.sequence };
      return { details: toChangeDetails(user), secret, uri: toTotpUri(ISSUER, user.username, secret) };
    },
    verifyTOTPRegistration: ({ userId, code }) => {
      const user = requireUserHistory(store, userId);
      const { totp } = getAuthMethods(store, userId);
      if (totp === undefined) throw notExisting("COMMAND-3Mif9s");
      if (totp.ready) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-qx4ls", "Errors.Users.MFA.OTP.AlreadyReady");
      }
      if (!totpMatches(totp.secret, code, store.now())) {
        throw zitadelError(Code.InvalidArgument, "EVENT-8isk2", "Invalid code");
      }
      totp.ready = true;
      writeEvents(store, user, { type: "user.human.mfa.otp.verified" });
      return { details: toChangeDetails(user) };
    },
    removeTOTP: ({ userId }) => {
      const user = findUserHistory(store, userId);
      if (user === undefined || getAuthMethods(store, userId).totp === undefined) {
        throw notExisting("COMMAND-Hd9sd");
      }
      ensureAuthMethods(store, userId).totp = undefined;
      writeEvents(store, user, { type: "user.human.mfa.otp.removed" });
      return { details: toChangeDetails(user) };
    },
  };
}

const OTP = {
  otpSms: {
    event: "user.human.mfa.otp.sms",
    exists: "COMMAND-Ad3g2",
    notReady: "COMMAND-Q54j2",
    unknown: "COMMAND-Sr3h3",
  },
  otpEmail: {
    event: "user.human.mfa.otp.email",
    exists: "COMMAND-MKL2s",
    notReady: "COMMAND-KLJ2d",
    unknown: "COMMAND-b312D",
  },
} as const;

type Changed = { readonly details: ReturnType<typeof toChangeDetails> };

function addOtp(store: Store, userId: string, type: keyof typeof OTP, isVerified: boolean): Changed {
  const { event, exists, notReady } = OTP[type];
  const user = requireUserHistory(store, userId);
  if (getAuthMethods(store, userId)[type] !== undefined) throw alreadyReady(exists);
  if (!isVerified) {
    throw zitadelError(Code.FailedPrecondition, notReady, "Multifactor OTP (OneTimePassword) isn't ready");
  }
  writeEvents(store, user, { type: `${event}.added` });
  ensureAuthMethods(store, userId)[type] = { failedAttempts: 0, sequence: user.sequence };
  return { details: toChangeDetails(user) };
}

function removeOtp(store: Store, userId: string, type: keyof typeof OTP): Changed {
  const { event, unknown } = OTP[type];
  const user = requireUserHistory(store, userId);
  if (getAuthMethods(store, userId)[type] === undefined) throw notExisting(unknown);
  ensureAuthMethods(store, userId)[type] = undefined;
  writeEvents(store, user, { type: `${event}.removed` });
  return { details: toChangeDetails(user) };
}

interface ListedFactor {
  readonly kind: AuthFactors;
  readonly state: AuthFactorState;
  readonly sequence: number;
  readonly type: NonNullable<MessageInitShape<typeof AuthFactorSchema>["type"]>;
}

/** Lists the second factors, in the order in which they were added. */
export function listAuthMethods({
  totp,
  otpSms,
  otpEmail,
  securityKeys,
}: Readonly<AuthMethods>): ListedFactor[] {
  const { READY, NOT_READY } = AuthFactorState;
  const factors: (ListedFactor | undefined)[] = [
    totp && {
      kind: AuthFactors.OTP,
      state: totp.ready ? READY : NOT_READY,
      sequence: totp.sequence,
      type: { case: "otp", value: {} },
    },
    otpSms && { kind: AuthFactors.OTP_SMS, state: READY, ...otpSms, type: { case: "otpSms", value: {} } },
    otpEmail && {
      kind: AuthFactors.OTP_EMAIL,
      state: READY,
      ...otpEmail,
      type: { case: "otpEmail", value: {} },
    },
    ...[...securityKeys.values()].map(({ type, id, name, credential, sequence }): ListedFactor | undefined =>
      type === "passkey"
        ? undefined
        : {
            kind: AuthFactors.U2F,
            state: credential === undefined ? NOT_READY : READY,
            sequence,
            type: { case: "u2f", value: { id, name } },
          },
    ),
  ];
  return factors.filter((one) => one !== undefined).sort((a, b) => a.sequence - b.sequence);
}

/** The AuthenticationMethodType of recovery codes, which the pinned API does not have. */
const RECOVERY_CODE: number = 8;

/** Lists the authentication methods of a user. `domain`: if not empty, only security keys of this domain count. */
function listMethodTypes(store: Store, userId: string, domain: string): AuthenticationMethodType[] {
  const { totp, otpSms, otpEmail, recoveryCodes, securityKeys, idpLinks } = getAuthMethods(store, userId);
  const keys = [...securityKeys.values()].filter(
    ({ credential, rpId }) => credential !== undefined && (domain === "" || rpId === domain),
  );
  const has: readonly [AuthenticationMethodType, boolean][] = [
    [AuthenticationMethodType.TOTP, totp?.ready === true],
    [AuthenticationMethodType.U2F, keys.some(({ type }) => type === "u2f")],
    [AuthenticationMethodType.PASSKEY, keys.some(({ type }) => type === "passkey")],
    [AuthenticationMethodType.OTP_SMS, otpSms !== undefined],
    [AuthenticationMethodType.OTP_EMAIL, otpEmail !== undefined],
    [RECOVERY_CODE, recoveryCodes !== undefined],
    [AuthenticationMethodType.PASSWORD, store.users.get(userId)?.human?.password !== undefined],
    [AuthenticationMethodType.IDP, idpLinks.size > 0],
  ];
  return has.flatMap(([type, there]) => (there ? [type] : []));
}

/** Throws if the caller may not read a user. Lists of one user's objects call this only if they are not empty. */
export function requireUserRead(store: Store, caller: Caller | undefined, userId: string): void {
  const organizationId = store.users.get(userId)?.resourceOwner ?? "";
  checkPermission(store, caller?.userId ?? "", "user.read", { organizationId, self: userId });
}

function alreadyReady(id: string): Error {
  return zitadelError(Code.AlreadyExists, id, "Multifactor OTP (OneTimePassword) is already set up");
}

function notExisting(id: string): Error {
  return zitadelError(Code.NotFound, id, "Multifactor OTP (OneTimePassword) doesn't exist");
}
