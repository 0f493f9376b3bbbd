import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { getAuthMethods } from "./auth-methods.ts";
import type { Session, SessionUserAgent } from "./model/session.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { findPolicy } from "./policies.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** Few enough that a session token has at most 200 characters, the maximum in requests. */
const TOKEN_RANDOM_BYTES = 26;

/** Creates a session without checks. It is not stored yet. */
export function newSession(
  store: Store,
  id: string,
  creation: { readonly creatorId: string; readonly userAgent: SessionUserAgent | undefined } | undefined,
): Session {
  const [state, listed] =
    creation === undefined ? (["unknown", false] as const) : (["active", true] as const);
  return {
    ...newAggregate(store, { aggregateType: "session", id, resourceOwner: store.instanceId }),
    token: "",
    creatorId: creation?.creatorId ?? "",
    userAgent: creation?.userAgent,
    state,
    listed,
    user: undefined,
    password: undefined,
    webAuthN: undefined,
    intent: undefined,
    totp: undefined,
    otpSms: undefined,
    otpEmail: undefined,
    recoveryCode: undefined,
    webAuthNChallenge: undefined,
    otpSmsChallenge: undefined,
    otpEmailChallenge: undefined,
    metadata: new Map(),
    expiresAt: undefined,
  };
}

/** Finds the session to read. Throws if it does not exist, or has ended. */
export function readSession(store: Store, id: string): Session {
  const session = store.sessions.get(id);
  if (session?.listed !== true || session.state !== "active") {
    throw zitadelError(Code.NotFound, "QUERY-SFeaa", "Session does not exist");
  }
  return session;
}

/** Throws if a session was terminated or has expired. */
export function checkOpen(store: Store, { state, expiresAt }: Session): void {
  if (state === "terminated") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Hewfq", "Session already terminated");
  }
  if (expiresAt !== undefined && expiresAt < store.now()) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Hkl3d", "Session has expired");
  }
}

/** Creates a token for a session. It contains the session's id. */
export function newSessionToken(
  store: Store,
  { id }: Session,
): { readonly tokenId: string; readonly token: string } {
  const tokenId = store.newId();
  const text = Buffer.concat([Buffer.from(`${id}:${tokenId}:`), randomBytes(TOKEN_RANDOM_BYTES)]);
  return { tokenId, token: text.toString("base64url") };
}

/** Finds the session of a token, even if a newer one has replaced the token. */
export function findSessionByToken(store: Store, token: string): Session | undefined {
  const [id = ""] = Buffer.from(token, "base64url").toString("latin1").split(":", 1);
  return store.sessions.get(id);
}

/** Authenticates an API call by a session token. Returns the user. Throws if the token or the session is not valid. */
export function authenticateBySession(store: Store, session: Session, token: string): User {
  if (!session.listed || session.state !== "active") {
    throw zitadelError(Code.NotFound, "QUERY-SFeaa", "Errors.Session.NotExisting");
  }
  if (session.token !== token) throw denied("QUERY-dsfr3", "Errors.PermissionDenied");
  if (session.expiresAt !== undefined && session.expiresAt < store.now()) {
    throw denied("AUTHZ-EGDo3", "session expired");
  }
  const user = store.users.get(session.user?.userId ?? "");
  const { password, webAuthN, intent, totp, otpSms, otpEmail, recoveryCode } = session;
  const checks = [password, webAuthN, intent, totp, otpSms, otpEmail, recoveryCode];
  const passed = checks.filter((check) => check !== undefined);
  if (passed.length === 0 || user === undefined) throw denied("AUTHZ-Kl3p0", "authentication required");
  const hasMfa = passed.length > 1 || webAuthN?.userVerified === true;
  if (!hasMfa && user.human !== undefined && needsSecondFactor(store, user, intent !== undefined)) {
    throw denied("AUTHZ-Kl3p0", "mfa required");
  }
  return user;
}

/** The enums' numbers in the API. */
const SECOND_FACTORS = { totp: 1, u2f: 2, otpEmail: 3, otpSms: 4 } as const;

/**
 * Whether a user must use a second factor: because the user has one that the settings permit, or because the settings
 * require one of everyone.
 */
function needsSecondFactor(store: Store, { id, resourceOwner }: User, withIdp: boolean): boolean {
  const { secondFactors, forceMfa, forceMfaLocalOnly } = findPolicy(store, "login", resourceOwner).values;
  const { totp, otpSms, otpEmail, securityKeys } = getAuthMethods(store, id);
  const keys = [...securityKeys.values()];
  const has = {
    totp: totp?.ready === true,
    u2f: keys.some(({ type, credential }) => type === "u2f" && credential !== undefined),
    otpEmail: otpEmail !== undefined,
    otpSms: otpSms !== undefined,
  };
  const names = Object.keys(SECOND_FACTORS) as (keyof typeof SECOND_FACTORS)[];
  return (
    names.some((name) => has[name] && secondFactors.includes(SECOND_FACTORS[name])) ||
    forceMfa ||
    (forceMfaLocalOnly && !withIdp)
  );
}

function denied(id: string, message: string): Error {
  return zitadelError(Code.PermissionDenied, id, message);
}

/** Terminates a session, which also invalidates the tokens that applications obtained through it. */
export function endSession(store: Store, session: Session): void {
  session.state = "terminated";
  writeEvents(store, session, { type: "session.terminated" });
}
