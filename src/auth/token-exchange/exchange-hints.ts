import type { Hints } from "../token-endpoint/response-error.ts";

const PROJECT_AUDIENCE =
  "must have the application's project among its audiences (scope urn:zitadel:iam:org:project:id:<projectId>:aud when it is requested)";

/** What Zitadel says when it refuses an exchange as an invalid request, with what to do about it. */
const INVALID_REQUESTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /^subject_token invalid/,
    `Check that the subject's token is valid and of this instance. An access token ${PROJECT_AUDIENCE}; an ID token must have been requested with the scope urn:zitadel:iam:user:resourceowner; a JWT must be signed by the application's key; a user must exist.`,
  ],
  [
    /^actor_token invalid/,
    `Check that the actor's token is valid. It ${PROJECT_AUDIENCE}: set client.projectId to the id of that project.`,
  ],
  [
    /Impersonation\.PolicyDisabled/,
    "Enable impersonation in the instance's security settings, or leave out the actor.",
  ],
  [
    /permission|membership/i,
    "Give the actor an impersonator role in the subject's organization, such as ORG_END_USER_IMPERSONATOR.",
  ],
  [/^The scope of your request is missing/, "Neither subject nor actor has scopes to inherit: set scopes."],
];

/** Hints for each refusal of an exchange. `client` names the application. */
export function exchangeHints(client: string): Hints {
  return {
    invalid_request: ({ description = "" }) =>
      INVALID_REQUESTS.find(([words]) => words.test(description))?.[1] ??
      "Check subject and actor: the server's words tell which it refuses.",
    invalid_client: `Check that ${client} is an active OIDC application of this instance, and its secret or key.`,
    invalid_grant: "Check that the tokens of subject and actor are valid and of this instance.",
    invalid_scope:
      "Leave out scopes, which then are the subject's, or set only ones that the subject or actor has.",
    invalid_target:
      "Leave out audience, which then is the subject's, or set only what the subject or actor has.",
    unauthorized_client: `Allow the grant type Token Exchange in the settings of ${client}.`,
    server_error: `Try again later; the server's log tells more. Some versions respond so to a key that they refuse: check that of ${client}.`,
  };
}
