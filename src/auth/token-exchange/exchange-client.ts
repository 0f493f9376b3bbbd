import { requireKnown, requireString } from "../../shared/invalid-option.ts";
import type { AuthContext } from "../auth-method.ts";
import type { FetchTokenOptions } from "../cache/cached-token-source.ts";
import { AuthorizationServer } from "../token-endpoint/authorization-server.ts";
import { type ClientAuthentication, clientAuthentication } from "../token-endpoint/client-authentication.ts";
import type { Hints } from "../token-endpoint/response-error.ts";
import type { TokenParameters } from "../token-endpoint/token-request.ts";
import type { AccessToken } from "../token-source.ts";

/** The project of the exchanging application. */
export interface ClientProject {
  /**
   * The id of the project that the application belongs to. The actor then requests its token with this audience, which the
   * exchange requires. Default: none, which is enough for an actor with a personal access token.
   */
  readonly projectId?: string | undefined;
}

/** The exchanging application: its client id and secret, or the key of a private key JWT application. */
export type ExchangeClient = ClientProject & ClientAuthentication;

/** Requests a token on behalf of the application. */
export type RequestAsClient = (
  parameters: TokenParameters,
  options: Pick<FetchTokenOptions, "signal" | "current">,
) => Promise<AccessToken>;

/** A checked application, not yet bound to a client of this package. */
export type BindExchangeClient = (context: AuthContext) => {
  readonly projectId: string | undefined;
  readonly request: RequestAsClient;
};

/** Checks the option `client`. */
export function clientOption(client: ExchangeClient, issuer: string | undefined): BindExchangeClient {
  requireKnown("client", client, KNOWN);
  const { projectId } = client;
  if (projectId !== undefined) requireString("client.projectId", projectId);
  const bind = clientAuthentication(client, "client", exchangeHints);
  return (context) => {
    const server = new AuthorizationServer(context, issuer);
    const prepare = bind(context, { server });
    return {
      projectId,
      request: async (parameters, { signal, current }) =>
        server.requestToken({ ...(await prepare(parameters)), parameters, current, signal }),
    };
  };
}

const KNOWN: Record<ExchangeClient extends infer C ? (C extends unknown ? keyof C : never) : never, true> = {
  clientId: true,
  clientSecret: true,
  clientSecretFile: true,
  keyFile: true,
  key: true,
  projectId: true,
};

const PROJECT_AUDIENCE =
  "must have the application's project among its audiences (request it with the scope urn:zitadel:iam:org:project:id:<projectId>:aud)";

/** Zitadel's explanations for rejecting an exchange as an invalid request, and what to do about them. */
const INVALID_REQUESTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /^subject_token invalid/,
    `Check that the subject's token is valid and from this instance. An access token ${PROJECT_AUDIENCE}; an ID token must have been requested with the scope urn:zitadel:iam:user:resourceowner; a JWT must be signed by the application's key; a user must exist.`,
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

/** Hints for the errors of an exchange. `client` is the name of the application in them. */
export function exchangeHints(client: string): Hints {
  return {
    invalid_request: ({ description = "" }) =>
      INVALID_REQUESTS.find(([words]) => words.test(description))?.[1] ??
      "Check the subject and the actor: the server's explanation says which one it refuses.",
    invalid_client: `Check that ${client} is an active OIDC application of this instance, and its secret or key.`,
    invalid_grant: "Check that the tokens of subject and actor are valid and from this instance.",
    invalid_scope:
      "Leave out scopes to get those of the subject, or set only scopes that the subject or actor has.",
    invalid_target:
      "Leave out audience to get that of the subject, or set only audiences that the subject or actor has.",
    unauthorized_client: `Allow the grant type Token Exchange in the settings of ${client}.`,
    server_error: `Try again later; see the server's log for details. Some versions respond like this to a key that they refuse: check that of ${client}.`,
  };
}
