import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { cachedTokenSource } from "./cache/cached-token-source.ts";
import { credentialOption, SERVICE_USER } from "./credential/credential-option.ts";
import { parseSecret } from "./credential/secret-format.ts";
import { AuthorizationServer } from "./token-endpoint/authorization-server.ts";
import type { Hints } from "./token-endpoint/response-error.ts";
import { type ScopeOptions, scopeOption } from "./token-endpoint/scopes.ts";
import { basicAuthorization } from "./token-endpoint/token-request.ts";

/** The secret of a client, or the file that contains it. */
export type ClientSecretOptions =
  | {
      /** The secret, or a function that returns it or a promise of it, which is called for each token. */
      readonly clientSecret: string | (() => string | Promise<string>);
      readonly clientSecretFile?: undefined;
    }
  | {
      /** The path of a file with the secret, which is read for each token. Surrounding whitespace is ignored. */
      readonly clientSecretFile: string;
      readonly clientSecret?: undefined;
    };

/** Options of {@link clientCredentials}. */
export type ClientCredentialsOptions = ClientSecretOptions &
  ScopeOptions & {
    /** The client id that Zitadel shows with the secret: the login name of the service user. */
    readonly clientId: string;
  };

/**
 * Authenticates a service user with its client id and secret: the client credentials grant of RFC 6749 section 4.4, with HTTP
 * Basic as in section 2.3.1.
 *
 * @example
 * ```ts
 * import { clientCredentials, createZitadel } from "zitadel-connect";
 *
 * const zitadel = createZitadel({
 *   auth: clientCredentials({ clientId: "billing", clientSecretFile: "/run/secrets/billing" }),
 * });
 * ```
 *
 * @throws TypeError for invalid options. The source rejects with an AuthError if no token can be obtained.
 */
export function clientCredentials(options: ClientCredentialsOptions): AuthMethod {
  const { bindSecret, clientId, scope } = checkOptions("clientCredentials()", () => {
    requireObject("its argument", options, "{ clientId, clientSecret }");
    requireKnown("", options, { ...SERVICE_USER, ...KNOWN });
    const bindSecret = credentialOption(options, "clientSecretFile", "clientSecret", parseSecret);
    const { clientId } = options;
    requireString("clientId", clientId);
    return { bindSecret, clientId, scope: scopeOption(options) };
  });
  const hints = hintsFor(clientId);
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = bindSecret(context);
    const parameters = { grant_type: "client_credentials", scope: scope(context.projectIds) };
    return cachedTokenSource(
      context,
      async ({ signal, current }) => {
        server.warmUp();
        const secret = await credential.load();
        const request = { parameters, ...basicAuthorization(clientId, secret), hints };
        return server.requestToken({
          credentialId: secret,
          secret,
          parameters: { ...parameters, client_id: clientId },
          makeRequest: () => request,
          current,
          signal,
        });
      },
      { credentialChanged: () => credential.changed() },
    );
  };
}

const KNOWN: Record<keyof ClientCredentialsOptions, true> = {
  clientId: true,
  clientSecret: true,
  clientSecretFile: true,
  scopes: true,
  projectIds: true,
};

function hintsFor(clientId: string): Hints {
  const name = JSON.stringify(clientId);
  return {
    invalid_request: `Check the client secret of ${name}, and in Zitadel that the service user has one and is active.`,
    invalid_client: `Check the client id ${name}: it is the login name of the service user, on this instance.`,
  };
}
