import { Code } from "@connectrpc/connect";
import type { Diagnosis, Symptoms } from "./diagnosis.ts";
import { isKnownDetail } from "./error-detail.ts";

const noDetail = {
  text: "no detail",
  is: ({ decodedDetails }: Symptoms): boolean => !decodedDetails.some(isKnownDetail),
};
const notServed = (what: "service" | "method"): Diagnosis["when"] => ({
  text: `the ${what} is not served`,
  is: (symptoms) => symptoms.notServed === what,
});

/**
 * What errors of calls mean and what to do, the more specific rows first. docs/errors.md shows this table. Rows are
 * told by code and id, never by text; the write conflict is the exception, since nothing else tells it.
 */
export const diagnoses: readonly Diagnosis[] = [
  {
    code: Code.Unauthenticated,
    ids: ["AUTH-7fs1e"],
    when: {
      text: "a call of SystemService",
      is: ({ method }) => method.startsWith("zitadel.system.v1.SystemService/"),
    },
    meaning: "The system API takes tokens of system users only, whatever else is right with a token.",
    hint:
      "Use systemUser() with a user of the server's SystemAPIUsers configuration; " +
      "its audience is the server's external origin, not that of an instance.",
  },
  {
    code: Code.Unauthenticated,
    ids: ["AUTH-7fs1e"],
    meaning: "The server took the token for none of its own. It gives this one answer for many reasons.",
    hint:
      "Check, in this order: the token has not expired or been revoked; the user is active; the url is that of the " +
      "instance which issued it (behind another name, set instanceHost); a token of your own was requested with the " +
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
    meaning: "The call came without a token.",
    hint:
      "Check whether a proxy removes the authorization header, or the headers of the call or an interceptor " +
      "empty it.",
  },
  {
    code: Code.Unauthenticated,
    origin: "transport",
    meaning: "Not Zitadel but something in front of it wants credentials.",
    hint: "Check the proxy, gateway or firewall between this client and Zitadel, and that the url is Zitadel's.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["APP-wai8O", "APP-Shi0J"],
    meaning: "The token is one of impersonation, which is not allowed here.",
    hint: "Enable impersonation in the instance's security settings, or use a token of the user itself.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["AUTHZ-EGDo3", "QUERY-dsfr3", "AUTHZ-Kl3p0"],
    meaning: "The token is a session's, which has expired, is out of date, or lacks a second factor.",
    hint: "Use the token that the last update of the session returned, and complete its checks; or sign in anew.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["AUTH-Bs7Ds"],
    meaning: "The organization of the call does not exist on this instance.",
    hint: "Check organizationId, withOrganization() and the header x-zitadel-orgid, and that the url is the right instance's.",
  },
  {
    code: Code.PermissionDenied,
    ids: ["AUTH-5mWD2", "AUTH-3jknH", "AUTH-AWfge", "AUTH-Swrgg2"],
    meaning: "The service user lacks the permission that this RPC needs, in the organization of the call.",
    hint:
      "Make the service user a manager of the instance, organization or project with a role that has it; " +
      "roles of one organization need withOrganization() or organizationId.",
  },
  {
    code: Code.PermissionDenied,
    origin: "transport",
    meaning: "Not Zitadel but something in front of it refused the call.",
    hint: "Check the proxy, gateway or firewall between this client and Zitadel, and that the url is Zitadel's.",
  },
  {
    code: Code.PermissionDenied,
    meaning: "The service user may not do this.",
    hint: "Check the roles of the service user, and in which organization it has them.",
  },
  {
    code: Code.NotFound,
    ids: ["AUTHZ-cdgFk"],
    meaning: "The service user has no role at all, in the organization of the call: a matter of permissions.",
    hint:
      "Make the service user a manager of the instance, organization or project; " +
      "check organizationId and withOrganization() if it is one.",
  },
  {
    code: Code.NotFound,
    when: noDetail,
    meaning: "The server knows no instance under the host that the call named.",
    hint:
      "Check the url. If it is an internal address or another name of Zitadel, set instanceHost to the instance's " +
      "own domain.",
  },
  {
    code: Code.NotFound,
    meaning: "The object does not exist, or not for this user.",
    hint:
      "Check the id, the organization of the call, and that the service user may see the object. " +
      "Lists and searches lag a moment behind writes.",
  },
  {
    code: Code.InvalidArgument,
    ids: ["QUERY-4M0fs"],
    meaning: "The page is larger than the server allows.",
    hint: "Ask for at most 1000 at a time.",
  },
  {
    code: Code.InvalidArgument,
    origin: "client",
    meaning: "validateRequests found that the request breaks a rule, and did not send it.",
    hint: "See fieldViolations for the field.",
  },
  {
    code: Code.InvalidArgument,
    when: noDetail,
    meaning: "A field of the request breaks a rule of the API.",
    hint: "See fieldViolations for the field. The option validateRequests finds it before sending.",
  },
  {
    code: Code.InvalidArgument,
    meaning: "The request makes no sense to the server.",
    hint: "The message tells what is wrong with it.",
  },
  {
    code: Code.AlreadyExists,
    meaning: "There is an object with this name or id already.",
    hint:
      "Use the one that exists, or another name. After a lost answer and a repeated call, it may be the one that " +
      "this very call created.",
  },
  {
    code: Code.FailedPrecondition,
    meaning: "The object is not in a state that allows this, or is already as the call would make it.",
    hint:
      "Read the object, and decide by its state. After a lost answer and a repeated call, the change may already " +
      "be made.",
  },
  {
    code: Code.ResourceExhausted,
    ids: ["QUOTA-vjAy8", "LIMITS-molsj"],
    meaning: "The instance is blocked, or its quota is used up.",
    hint: "Ask whoever runs this Zitadel about its limits or its subscription. Repeating the call does not help.",
  },
  {
    code: Code.ResourceExhausted,
    origin: "transport",
    meaning: "Too many requests for the server or a proxy in front of it, or an answer too large.",
    hint: "Make fewer calls at a time, or ask for smaller pages.",
    retryable: true,
  },
  {
    code: Code.ResourceExhausted,
    meaning: "A limit of the server is reached.",
    hint: "Make fewer calls at a time; the message tells which limit it is.",
    retryable: true,
  },
  {
    code: Code.Unknown,
    when: {
      text: "a write conflict (its text names events2_pkey)",
      is: ({ rawMessage }) => rawMessage.includes("events2_pkey"),
    },
    meaning: "Another write on the same object came first. This one was rolled back.",
    hint: "Repeat the call, which is safe; write less in parallel on one object if this is frequent.",
    retryable: true,
  },
  {
    code: Code.Unimplemented,
    when: notServed("service"),
    meaning: "The server does not have this service: it is older, or newer, than the API of the client.",
    hint:
      "Use a service that this server has, often its v1 or v2beta sibling, or generate the clients from the " +
      "instance: `npx zitadel-connect generate`. `npx zitadel-connect doctor` compares the two.",
  },
  {
    code: Code.Unimplemented,
    when: notServed("method"),
    meaning:
      "The server has the service, but not this RPC: it is older, or newer, than the API of the client.",
    hint:
      "Use an RPC that this server has, or generate the clients from the instance: " +
      "`npx zitadel-connect generate`.",
  },
  {
    code: Code.Unimplemented,
    when: noDetail,
    meaning:
      "The server does not have this service or RPC: it is older, or newer, than the API of the client.",
    hint:
      "Use what this server has, or generate the clients from the instance: `npx zitadel-connect generate`. " +
      "`npx zitadel-connect doctor` compares the two.",
  },
  {
    code: Code.Unimplemented,
    meaning: "The server has the RPC, but does not do this.",
    hint: "Check the server's version and the feature flags of the instance.",
  },
  {
    code: Code.DeadlineExceeded,
    meaning: "No answer came in time.",
    hint:
      "Check the network and the load of the server, or allow more time (timeoutMs). " +
      "Whether a write took effect is unknown: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Unavailable,
    meaning: "The server could not be reached, or the connection was lost.",
    hint:
      "Check the url, the network, TLS and proxy settings; `npx zitadel-connect doctor` tries them one by one. " +
      "Whether a write took effect may be unknown: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    origin: "server",
    meaning: "The server failed; often its database could not be reached.",
    hint: "Look for requestId in the server's log, and check its database.",
    retryable: true,
  },
  {
    code: Code.Internal,
    meaning: "The answer is not one of the protocol's.",
    hint: "Check that the url is Zitadel's, and what a proxy in between does; another protocol may pass it.",
  },
  {
    code: Code.Unknown,
    meaning: "The server gives no reason, or something else than Zitadel answered.",
    hint: "Look for requestId in the server's log; check that the url is Zitadel's.",
  },
  {
    code: Code.Canceled,
    meaning: "The caller's signal ended the call, or the client was closed.",
    hint: "Nothing to mend if that was meant; else look for who aborts the signal or calls close().",
  },
  {
    code: Code.Aborted,
    meaning: "The call was broken off on its way.",
    hint: "Repeat the call, if it is a read; else read before repeating it.",
    retryable: true,
  },
];
