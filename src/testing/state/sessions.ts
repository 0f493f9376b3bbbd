import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { authMethodsFor } from "./auth-methods.ts";
import type { Session, SessionUserAgent } from "./model/session.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { findPolicy } from "./policies.ts";
import { newAggregate, writeEvents } from "./store.ts";

/** Requests take tokens of sessions of at most 200 characters. */
const TOKEN_RANDOM_BYTES = 26;

/** A session without checks, not stored yet. Sessions belong to the instance. */
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

/** The session that a read is about. */
export function readSession(store: Store, id: string): Session {
  const session = store.sessions.get(id);
  if (session?.listed !== true || session.state !== "active") {
    throw zitadelError(Code.NotFound, "QUERY-SFeaa", "Session does not exist");
  }
  return session;
}

/** Throws where a session has ended, and nothing can be made of it any more. */
export function checkOpen(store: Store, { state, expiresAt }: Session): void {
  if (state === "terminated") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Hewfq", "Session already terminated");
  }
  if (expiresAt !== undefined && expiresAt < store.now()) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Hkl3d", "Session has expired");
  }
}

/** A token for a session, in place of the last one. It tells, to us, which session it is of. */
export function newSessionToken(
  store: Store,
  { id }: Session,
): { readonly tokenId: string; readonly token: string } {
  const tokenId = store.newId();
  const text = Buffer.concat([Buffer.from(`${id}:${tokenId}:`), randomBytes(TOKEN_RANDOM_BYTES)]);
  return { tokenId, token: text.toString("base64url") };
}

/** The session that a token is of, or was. */
export function findSessionByToken(store: Store, token: string): Session | undefined {
  const [id = ""] = Buffer.from(token, "base64url").toString("latin1").split(":", 1);
  return store.sessions.get(id);
}

/** The user whose API calls a session's token is good for. Throws where it is not, or no more. */
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

/** By their numbers in the API. */
const SECOND_FACTORS = { totp: 1, u2f: 2, otpEmail: 3, otpSms: 4 } as const;

/** Whoever has a second factor that the settings permit has to use one; the settings may also ask it of everybody. */
function needsSecondFactor(store: Store, { id, resourceOwner }: User, withIdp: boolean): boolean {
  const { secondFactors, forceMfa, forceMfaLocalOnly } = findPolicy(store, "login", resourceOwner).values;
  const { totp, otpSms, otpEmail, securityKeys } = authMethodsFor(store, id);
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

/** Ends a session, and with it the tokens of applications that were signed in to by it. */
export function endSession(store: Store, session: Session): void {
  session.state = "terminated";
  writeEvents(store, session, { type: "session.terminated" });
}
