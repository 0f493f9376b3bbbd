import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { preconditionError, zitadelError } from "../errors.ts";
import { parseAssertion, verifyAssertion } from "../webauthn/verify.ts";
import { createRequestOptions, newChallenge } from "../webauthn/webauthn-options.ts";
import { getAuthMethods } from "./auth-methods.ts";
import { checkCode, newCode } from "./codes.ts";
import type { NewEvent } from "./event-log.ts";
import { toNanoseconds } from "./event-payloads.ts";
import { checkIntentToken } from "./idp-intents.ts";
import { isLinked } from "./idp-links.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { RecoveryCodes, SecurityKey } from "./model/auth-methods.ts";
import type { IdpIntent } from "./model/idp-intent.ts";
import type { Session, SessionState, WebAuthNChallenge } from "./model/session.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { checkPassword, writeFailedCheck } from "./passwords.ts";
import { findPolicy } from "./policies.ts";
import { newSessionToken } from "./sessions.ts";
import { secretText, writeEvents } from "./store.ts";
import { totpMatches } from "./totp.ts";

/**
 * A change of a session. Collects the results of checks and challenges, and their events. Nothing takes effect until
 * {@link commit}; only the event of a failed check is written at once.
 */
export class SessionDraft {
  readonly #store: Store;
  readonly #session: Session;
  readonly #changes: Partial<SessionState> = {};
  readonly #events: (readonly [Aggregate, NewEvent])[] = [];
  #intent: IdpIntent | undefined;
  #usedCode: { readonly recoveryCodes: RecoveryCodes; readonly code: string } | undefined;

  constructor(store: Store, session: Session) {
    this.#store = store;
    this.#session = session;
  }

  /** Records that the session is new. */
  start(): void {
    this.#note({ type: "session.added" });
  }

  checkUser(user: User): void {
    const { user: known } = this.#session;
    if (known !== undefined && known.userId !== user.id) {
      throw zitadelError(Code.InvalidArgument, "", "user change not possible");
    }
    const { id: userId, resourceOwner } = user;
    this.#changes.user = { userId, resourceOwner, verifiedAt: this.#store.now() };
    const payload = { userID: userId, userResourceOwner: resourceOwner };
    this.#pass("session.user.checked", payload);
  }

  checkPassword(text: string): void {
    const userId = this.#requireUser(Code.FailedPrecondition, "COMMAND-Sfw3f");
    this.#noteOfUser(userId, checkPassword(this.#store, userId, text));
    this.#changes.password = this.#pass("session.password.checked");
  }

  checkIntent(intentId: string, token: string): void {
    const userId = this.#requireUser(Code.FailedPrecondition, "COMMAND-Sfw3r");
    const intent = checkIntentToken(this.#store, intentId, token);
    if (intent.state !== "succeeded") throw preconditionError("COMMAND-Df4bw", "Intent has not succeeded");
    if (intent.expiresAt < this.#store.now()) throw preconditionError("COMMAND-SAf42", "Intent has expired");
    const link = { idpId: intent.idpId, externalId: intent.external?.id ?? "" };
    if (intent.userId === "" ? !isLinked(this.#store, userId, link) : intent.userId !== userId) {
      throw preconditionError("COMMAND-O8xk3w", "Intent meant for another user");
    }
    this.#changes.intent = this.#pass("session.intent.checked");
    this.#events.push([intent, { type: "idpintent.consumed" }]);
    this.#intent = intent;
  }

  checkTotp(code: string): void {
    const userId = this.#requireUser(Code.InvalidArgument, "COMMAND-8N9ds");
    const { totp } = getAuthMethods(this.#store, userId);
    const user = this.#store.users.get(userId);
    if (totp?.ready !== true || user === undefined) throw notReady("COMMAND-3Mif9s");
    if (user.state === "locked") throw preconditionError("COMMAND-SF3fg", "User is locked");
    const type = "user.human.mfa.otp.check";
    if (!totpMatches(totp.secret, code, this.#store.now())) {
      this.#fail(user, `${type}.failed`, totp.failedAttempts + 1);
      throw zitadelError(Code.InvalidArgument, "EVENT-8isk2", "Invalid code");
    }
    this.#noteOfUser(userId, [{ type: `${type}.succeeded` }]);
    this.#changes.totp = this.#pass("session.totp.checked");
  }

  checkOtp(kind: "otpSms" | "otpEmail", code: string): void {
    const userId = this.#requireUser(Code.InvalidArgument, "COMMAND-S453v");
    if (code === "") throw zitadelError(Code.InvalidArgument, "COMMAND-SJl2g", "Code is empty");
    const factor = getAuthMethods(this.#store, userId)[kind];
    const user = this.#store.users.get(userId);
    if (factor === undefined || user === undefined) throw notReady("COMMAND-d2r52");
    const challenge = this.#session[`${kind}Challenge`];
    if (challenge === undefined) throw preconditionError("COMMAND-S34gh", "Code not found");
    if (user.state === "locked") throw preconditionError("COMMAND-S6h4R", "User is locked");
    const { name } = OTP[kind];
    try {
      checkCode(this.#store, challenge, code);
    } catch (error) {
      this.#fail(user, `user.human.mfa.otp.${name}.check.failed`, factor.failedAttempts + 1);
      throw error;
    }
    this.#noteOfUser(userId, [{ type: `user.human.mfa.otp.${name}.check.succeeded` }]);
    this.#changes[kind] = this.#pass(`session.otp.${name}.checked`);
    this.#changes[`${kind}Challenge`] = undefined;
  }

  checkRecoveryCode(code: string): void {
    const userId = this.#requireUser(Code.InvalidArgument, "COMMAND-4m9s2");
    const user = this.#store.users.get(userId);
    if (user?.state === "locked") throw preconditionError("COMMAND-2w6oa", "User is locked");
    const { recoveryCodes } = getAuthMethods(this.#store, userId);
    if (user === undefined || recoveryCodes === undefined) {
      throw preconditionError("COMMAND-84rgg", "Recovery codes are not ready for use");
    }
    const type = "user.human.mfa.recoverycode.check";
    if (!recoveryCodes.codes.includes(code)) {
      this.#fail(user, `${type}.failed`, recoveryCodes.failedAttempts + 1);
      throw zitadelError(Code.InvalidArgument, "DOMAIN-6uvh0", "Invalid recovery code provided");
    }
    this.#noteOfUser(userId, [
      { type: `${type}.succeeded`, payload: { codeChecked: `$2a$04$${secretText(53)}` } },
    ]);
    this.#changes.recoveryCode = this.#pass("session.recoveryCode.checked");
    this.#usedCode = { recoveryCodes, code };
  }

  checkWebAuthN(credential: JsonObject | undefined): void {
    const { webAuthNChallenge: challenge } = this.#session;
    if (challenge === undefined)
      throw preconditionError("COMMAND-Ioqu5", "Session without WebAuthN challenge");
    const { user, keys } = this.#findKeys(challenge.userVerification);
    const assertion = parseAssertion(credential);
    if (assertion === undefined) throw invalidLogin("WEBAU-ADgv4");
    const id = Buffer.from(assertion.credentialId).toString("base64url");
    const key = keys.find((one) => one.credential?.id === id && one.rpId === challenge.rpId);
    const expectation = { ...challenge, userVerification: challenge.userVerification === "required" };
    const isGood =
      key?.credential !== undefined &&
      challenge.allowed.includes(id) &&
      (assertion.userHandle === "" || assertion.userHandle === user.id) &&
      verifyAssertion(assertion, key.credential, expectation);
    if (!isGood) throw invalidLogin("WEBAU-3M9si");
    const { userVerified, signCount } = assertion.data;
    this.#changes.webAuthN = { ...this.#pass("session.webAuthN.checked", { userVerified }), userVerified };
    this.#changes.webAuthNChallenge = undefined;
    // The server writes this event about the session, so the sign count of the user's key stays unchanged.
    const type = `user.human.${key.type === "passkey" ? "passwordless" : "mfa.u2f"}.token.signcount.changed`;
    this.#note({ type, payload: { webAuthNTokenId: key.id, signCount } });
  }

  /** Returns the code. */
  challengeOtp(kind: "otpSms" | "otpEmail", codeReturned: boolean): string {
    const { name, noUser, notReady: id } = OTP[kind];
    const userId = this.#requireUser(Code.FailedPrecondition, noUser);
    if (getAuthMethods(this.#store, userId)[kind] === undefined) throw notReady(id);
    const code = newCode(this.#store, kind);
    this.#changes[`${kind}Challenge`] = code;
    const payload = { expiry: toNanoseconds(code.lifetimeMs), codeReturned };
    this.#note({ type: `session.otp.${name}.challenged`, payload });
    return code.text;
  }

  /** Returns the options for the browser's `navigator.credentials.get()`. */
  challengeWebAuthN(rpId: string, userVerification: WebAuthNChallenge["userVerification"]): JsonObject {
    const { keys } = this.#findKeys(userVerification);
    const allow = keys.filter((key) => key.rpId === rpId && key.credential !== undefined);
    if (allow.length === 0) throw zitadelError(Code.Internal, "WEBAU-4G8sw", "WebAuthN begin login failed");
    const challenge = newChallenge();
    const allowed = allow.map(({ credential }) => credential?.id ?? "");
    this.#changes.webAuthNChallenge = { challenge, rpId, userVerification, allowed };
    this.#note({ type: "session.webAuthN.challenged", payload: { challenge, rpID: rpId } });
    return createRequestOptions({ challenge, rpId, userVerification, allow });
  }

  /** Replaces all metadata. Does nothing if none of the new entries has a value. */
  setMetadata(entries: Readonly<Record<string, Uint8Array>>): void {
    const metadata = new Map(Object.entries(entries).filter(([, value]) => value.length > 0));
    if (metadata.size === 0) return;
    this.#changes.metadata = metadata;
    const texts = [...metadata].map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    this.#note({ type: "session.metadata.set", payload: { metadata: Object.fromEntries(texts) } });
  }

  setLifetime(lifetimeMs: number): void {
    if (lifetimeMs < 0) {
      const message = "Session lifetime must not be less than 0";
      throw zitadelError(Code.InvalidArgument, "COMMAND-asEG4", message);
    }
    if (lifetimeMs === 0) return;
    this.#changes.expiresAt = this.#store.now() + lifetimeMs;
    this.#note({ type: "session.lifetime.set", payload: { lifetime: toNanoseconds(lifetimeMs) } });
  }

  /** Applies the changes. Returns the new token, or undefined if there were none. */
  commit(): string | undefined {
    if (this.#events.length === 0) return undefined;
    const session = this.#session;
    const { tokenId, token } = newSessionToken(this.#store, session);
    this.#note({ type: "session.token.set", payload: { tokenID: tokenId } });
    Object.assign(session, this.#changes, { token });
    for (const [aggregate, event] of this.#events) writeEvents(this.#store, aggregate, event);
    this.#store.sessions.set(session.id, session);
    if (this.#intent !== undefined) this.#intent.state = "consumed";
    if (this.#usedCode !== undefined) {
      const { recoveryCodes, code } = this.#usedCode;
      recoveryCodes.codes = recoveryCodes.codes.filter((one) => one !== code);
    }
    return token;
  }

  #note(event: NewEvent): void {
    this.#events.push([this.#session, event]);
  }

  #noteOfUser(userId: string, events: readonly NewEvent[]): void {
    const user = this.#store.users.get(userId);
    if (user !== undefined) this.#events.push(...events.map((event) => [user, event] as const));
  }

  #pass(type: string, payload: JsonObject = {}): { readonly verifiedAt: number } {
    const verifiedAt = this.#store.now();
    this.#note({ type, payload: { ...payload, checkedAt: new Date(verifiedAt).toISOString() } });
    return { verifiedAt };
  }

  #fail(user: User, type: string, attempts: number): void {
    const { maxOtpAttempts } = findPolicy(this.#store, "lockout", user.resourceOwner).values;
    writeFailedCheck(this.#store, user, type, { attempts, maxAttempts: maxOtpAttempts });
  }

  #requireUser(code: Code, id: string): string {
    const { userId } = this.#changes.user ?? this.#session.user ?? {};
    if (userId === undefined) throw zitadelError(code, id, "User ID missing");
    return userId;
  }

  /** Finds the passkeys if user verification is required, otherwise the second factors. */
  #findKeys(userVerification: WebAuthNChallenge["userVerification"]): {
    user: User;
    keys: readonly SecurityKey[];
  } {
    const userId = this.#requireUser(Code.FailedPrecondition, "COMMAND-eeR2e");
    const user = this.#store.users.get(userId);
    if (user?.human === undefined || user.state !== "active") {
      throw preconditionError("COMMAND-Df4b3", "User could not be found");
    }
    const wanted = userVerification === "required" ? "passkey" : "u2f";
    const keys = [...getAuthMethods(this.#store, userId).securityKeys.values()];
    return { user, keys: keys.filter(({ type }) => type === wanted) };
  }
}

const OTP = {
  otpSms: { name: "sms", noUser: "COMMAND-JKL3g", notReady: "COMMAND-BJ2g3" },
  otpEmail: { name: "email", noUser: "COMMAND-JK3gp", notReady: "COMMAND-JKLJ3" },
} as const;

function notReady(id: string): Error {
  return preconditionError(id, "Multifactor OTP (OneTimePassword) isn't ready");
}

function invalidLogin(id: string): Error {
  return zitadelError(Code.Internal, id, "Error on validate login credentials");
}
