import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type ChallengesSchema,
  type RequestChallenges,
  UserVerificationRequirement,
} from "../../../../gen/zitadel/session/v2/challenge_pb.js";
import type { Checks, CheckUser } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import { checkPermission } from "../../access/permissions.ts";
import { zitadelError } from "../../errors.ts";
import type { Caller } from "../../handlers.ts";
import { findUserByLoginName } from "../../state/login-names.ts";
import type { Session } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { SessionDraft } from "../../state/session-changes.ts";
import { checkOpen } from "../../state/sessions.ts";
import { checkUrlTemplate } from "../../state/url-templates.ts";
import { userNotFound } from "../../state/users.ts";

/** The common fields of requests that create or update a session. */
export interface SessionChange {
  readonly checks?: Checks | undefined;
  readonly challenges?: RequestChallenges | undefined;
  readonly metadata: Readonly<Record<string, Uint8Array>>;
  readonly lifetime?: Duration | undefined;
}

/** The result of a change. It has no token if nothing has changed. */
interface Changed {
  readonly token: string | undefined;
  readonly challenges: MessageInitShape<typeof ChallengesSchema> | undefined;
}

const OTP_EMAIL_FIELDS: readonly string[] = [
  "Code",
  "UserID",
  "LoginName",
  "DisplayName",
  "PreferredLanguage",
  "SessionID",
];

/** Runs the checks and creates the challenges in the server's order. If one fails, none takes effect. */
export function changeSession(
  store: Store,
  session: Session,
  { checks, challenges, metadata, lifetime }: SessionChange,
  { caller, isNew }: { readonly caller: Caller | undefined; readonly isNew: boolean },
): Changed {
  const user = checks?.user === undefined ? undefined : findUser(store, checks.user);
  if (challenges?.otpEmail?.deliveryType.case === "sendCode") {
    checkUrlTemplate(challenges.otpEmail.deliveryType.value.urlTemplate, OTP_EMAIL_FIELDS);
  }
  const organizationId = session.user?.resourceOwner ?? "";
  checkPermission(store, caller?.userId ?? "", "session.write", { organizationId });
  checkOpen(store, session);
  const draft = new SessionDraft(store, session);
  if (isNew) draft.start();
  if (user !== undefined) draft.checkUser(user);
  runChecks(draft, checks);
  const made = challenges === undefined ? undefined : makeChallenges(draft, challenges);
  draft.setMetadata(metadata);
  draft.setLifetime(lifetime === undefined ? 0 : durationMs(lifetime));
  return { token: draft.commit(), challenges: made };
}

/** Finds the user to check. Throws if the user is not active. */
function findUser(store: Store, { search }: CheckUser): User {
  const name = search.value ?? "";
  const user = search.case === "loginName" ? findUserByLoginName(store, name) : store.users.get(name);
  if (user === undefined) throw userNotFound("QUERY-Dfbg2");
  if (user.state !== "active") {
    throw zitadelError(Code.FailedPrecondition, "SESSION-Gj4ko", "Errors.User.NotActive");
  }
  return user;
}

/** The pinned API does not have recovery codes. */
type NewerChecks = Partial<Checks> & { readonly recoveryCode?: { readonly code: string } };

function runChecks(draft: SessionDraft, checks: Checks | undefined): void {
  const { password, idpIntent, webAuthN, totp, otpSms, otpEmail, recoveryCode }: NewerChecks = checks ?? {};
  if (password !== undefined) draft.checkPassword(password.password);
  if (idpIntent !== undefined) draft.checkIntent(idpIntent.idpIntentId, idpIntent.idpIntentToken);
  if (webAuthN !== undefined) draft.checkWebAuthN(webAuthN.credentialAssertionData);
  if (totp !== undefined) draft.checkTotp(totp.code);
  if (otpSms !== undefined) draft.checkOtp("otpSms", otpSms.code);
  if (otpEmail !== undefined) draft.checkOtp("otpEmail", otpEmail.code);
  if (recoveryCode !== undefined) draft.checkRecoveryCode(recoveryCode.code);
}

const VERIFICATION = {
  [UserVerificationRequirement.UNSPECIFIED]: "discouraged",
  [UserVerificationRequirement.REQUIRED]: "required",
  [UserVerificationRequirement.PREFERRED]: "preferred",
  [UserVerificationRequirement.DISCOURAGED]: "discouraged",
} as const;

/** Creates the challenges. The response contains codes if the request asks to have them returned. */
function makeChallenges(
  draft: SessionDraft,
  { webAuthN, otpSms, otpEmail }: RequestChallenges,
): MessageInitShape<typeof ChallengesSchema> {
  const made: MessageInitShape<typeof ChallengesSchema> = {};
  if (webAuthN !== undefined) {
    const verification = VERIFICATION[webAuthN.userVerificationRequirement];
    const options = draft.challengeWebAuthN(webAuthN.domain, verification);
    made.webAuthN = { publicKeyCredentialRequestOptions: options };
  }
  if (otpSms !== undefined) {
    const code = draft.challengeOtp("otpSms", otpSms.returnCode);
    if (otpSms.returnCode) made.otpSms = code;
  }
  if (otpEmail !== undefined) {
    const returned = otpEmail.deliveryType.case === "returnCode";
    const code = draft.challengeOtp("otpEmail", returned);
    if (returned) made.otpEmail = code;
  }
  return made;
}
