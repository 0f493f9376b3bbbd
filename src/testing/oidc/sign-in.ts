import type { SignIn } from "../state/model/oidc.ts";
import type { Session } from "../state/model/session.ts";

/** Describes in the form for tokens how and when the user of a session signed in. */
export function toSignIn(session: Session): SignIn & { readonly userId: string } {
  const { id, user, password, webAuthN, intent, totp, otpSms, otpEmail, recoveryCode } = session;
  const all = [password, webAuthN, intent, totp, otpSms, otpEmail, recoveryCode];
  const checks = all.filter((check) => check !== undefined);
  return {
    userId: user?.userId ?? "",
    sessionId: id,
    amr: listMethods(session, checks.length),
    authTime: checks.length === 0 ? undefined : Math.max(...checks.map(({ verifiedAt }) => verifiedAt)),
  };
}

/**
 * Lists authentication methods (RFC 8176). A passkey counts as two factors, and an identity provider as one without a
 * name.
 */
function listMethods(
  { password, webAuthN, totp, otpSms, otpEmail, recoveryCode }: Session,
  checks: number,
): string[] {
  const hasOtp = [totp, otpSms, otpEmail, recoveryCode].some((check) => check !== undefined);
  const factors = checks + Number(webAuthN?.userVerified === true);
  return [
    ...(password === undefined ? [] : ["pwd"]),
    ...(webAuthN === undefined ? [] : ["user"]),
    ...(hasOtp ? ["otp"] : []),
    ...(factors >= 2 ? ["mfa"] : []),
  ];
}
