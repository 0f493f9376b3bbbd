import type { SignIn } from "../state/model/oidc.ts";
import type { Session } from "../state/model/session.ts";

/** How and when the user of a session has signed in, as tokens tell it. */
export function signInOf(session: Session): SignIn & { readonly userId: string } {
  const { id, user, password } = session;
  const checks = [user, password].flatMap((factor) => (factor === undefined ? [] : factor.verifiedAt));
  return {
    userId: user?.userId ?? "",
    sessionId: id,
    amr: password === undefined ? [] : ["pwd"],
    authTime: checks.length === 0 ? undefined : Math.max(...checks),
  };
}
