import { Code } from "@connectrpc/connect";
import { LACKS_PERMISSION, noDetail } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

const SOMETHING_IN_BETWEEN =
  "Check the proxy, gateway or firewall between this client and Zitadel, and that the url is Zitadel's.";

/** Who is calling, and whether they may. */
export const accessDiagnoses: readonly Diagnosis[] = [
  {
    code: Code.Unauthenticated,
    ids: ["AUTH-7fs1e"],
    when: {
      text: "a call of SystemService",
      is: ({ method }) => method.startsWith("zitadel.system.v1.SystemService/"),
    },
    meaning: "The system API accepts tokens of system users only, even if a token is otherwise valid.",
    hint:
      "Use systemUser() with a user of the server's SystemAPIUsers configuration; " +
      "its audience is the server's external origin, not that of an instance.",
  },
  {
    code: Code.Unauthenticated,
    ids: ["AUTH-7fs1e"],
    meaning: "The server does not accept the token. This error has many possible causes.",
    hint:
      "Check, in this order: the token has not expired or been revoked; the user is active; the url is that of the " +
      "instance that issued it (behind another name, set instanceHost); a token that you supply was requested with the " +
      "scope urn:zitadel:iam:org:project:id:zitadel:aud. `npx zitadel-connect doctor` checks all of these.",
  },
  {
    code: Code.Unauthenticated,
    ids: ["AUTH-toLo1"],
    meaning: "The authorization header does not start with the word Bearer and a space.",
    hint: "Check what sets the authorization header: the headers of the call, an interceptor, or a proxy.",
  },
  {
    code: Code.Unauthenticated,
    origin: "server",
    when: noDetail,
    meaning: "The call arrived without a token.",
    hint:
      "Check whether a proxy removes the authorization header, or the headers of the call or an interceptor " +
      "clear it.",
  },
  {
    code: Code.Unauthenticated,
    origin: "transport",
    meaning: "Something in front of Zitadel, not Zitadel itself, asks for credentials.",
    hint: SOMETHING_IN_BETWEEN,
  },
  {
    code: Code.PermissionDenied,
    ids: ["APP-wai8O", "APP-Shi0J"],
    meaning: "The token has an actor: it comes from an impersonation.",
    hint:
      "Zitadel's API never accepts a token with an actor, whatever the settings and roles: impersonation is for calling " +
      "your own services. To call Zitadel, use the service user's own token, or exchange the user's token without an " +
      "actor.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["AUTHZ-EGDo3", "QUERY-dsfr3", "AUTHZ-Kl3p0"],
    meaning: "The token is a session token that has expired, is out of date, or lacks a second factor.",
    hint: "Use the token from the last update of the session, and complete its checks; or sign in again.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["AUTH-Bs7Ds"],
    meaning:
      "The organization of the call does not exist on this instance. During a database outage, the server " +
      "also reports this for organizations that do exist.",
    hint:
      "Check organizationId, withOrganization() and the header x-zitadel-orgid, and that the url is that of " +
      "the right instance. Before you delete anything because of this, try again after a pause.",
  },
  {
    code: Code.PermissionDenied,
    ids: LACKS_PERMISSION,
    meaning:
      "The service user has roles, but none of them grants the permission for this RPC where the call needs it.",
    hint:
      "Grant the service user a role with the permission. For an organization other than its own, set " +
      "organizationId or withOrganization().",
  },
  {
    code: Code.PermissionDenied,
    origin: "transport",
    meaning: "Something in front of Zitadel, not Zitadel itself, refused the call.",
    hint: SOMETHING_IN_BETWEEN,
  },
  {
    code: Code.PermissionDenied,
    meaning: "The service user may not do this.",
    hint: "Check the roles of the service user, and in which organization it has them.",
  },
];
