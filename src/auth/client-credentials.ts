import { requireString } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { AuthorizationServer } from "./authorization-server.ts";
import { basicAuthorization } from "./basic-authorization.ts";
import { cachedTokenSource } from "./cached-token-source.ts";
import { credentialOption, parseSecret } from "./credential.ts";
import { type ScopeOptions, scopeParameter } from "./scopes.ts";

/** The secret of a client, or where it is. */
export type ClientSecretOptions =
  /** The secret, or a function that returns it or a promise of it, called for each token. */
  | {
      readonly clientSecret: string | (() => string | Promise<string>);
      readonly clientSecretFile?: undefined;
    }
  /** The path of a file with the secret, read anew for each token. White space around it is left out. */
  | { readonly clientSecretFile: string; readonly clientSecret?: undefined };

/** Options of {@link clientCredentials}. */
export type ClientCredentialsOptions = ClientSecretOptions &
  ScopeOptions & {
    /** What Zitadel shows beside the secret: the login name of the service user. */
    readonly clientId: string;
  };

const HINTS = {
  invalid_request: "Check the client secret, and in Zitadel that the service user has one and is active.",
  invalid_client: "Check the client id: it is the login name of the service user, on this instance.",
};

/**
 * Authenticates a service user by client id and secret: the client credentials grant of RFC 6749 section 4.4,
 * with HTTP Basic as in section 2.3.1.
 *
 * @throws TypeError for options that cannot be used. The source rejects with an AuthError when no
 * token can be obtained.
 */
export function clientCredentials(options: ClientCredentialsOptions): AuthMethod {
  const method = "clientCredentials()";
  const unbound = credentialOption(method, options, "clientSecretFile", "clientSecret", parseSecret(method));
  const { clientId } = options;
  requireString(method, "clientId", clientId);
  const scope = scopeParameter(method, options);
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = unbound(context);
    return cachedTokenSource(
      context,
      async ({ signal }) => {
        const basic = basicAuthorization(clientId, await credential.load());
        const parameters = { grant_type: "client_credentials", scope };
        return server.requestToken({ parameters, ...basic, hints: HINTS }, signal);
      },
      { credentialChanged: () => credential.changed() },
    );
  };
}
