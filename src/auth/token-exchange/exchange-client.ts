import { requireString } from "../../shared/invalid-option.ts";
import type { AuthContext } from "../auth-method.ts";
import type { ClientSecretOptions } from "../client-credentials.ts";
import { credentialOption } from "../credential/credential-option.ts";
import { type ApplicationKey, parseApplicationKey, warnOfExpiry } from "../credential/key-file.ts";
import { parseSecret } from "../credential/secret-format.ts";
import { signAsOwner } from "../token-endpoint/assertion.ts";
import { AuthorizationServer } from "../token-endpoint/authorization-server.ts";
import { basicAuthorization } from "../token-endpoint/basic-authorization.ts";
import type { TokenParameters } from "../token-endpoint/token-request.ts";
import type { AccessToken } from "../token-source.ts";
import { exchangeHints } from "./exchange-hints.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The project of the application that exchanges. */
export interface ClientProject {
  /**
   * The id of the project that the application belongs to. The actor then requests its token with it as an audience,
   * without which the exchange refuses it. Default: none, which does for an actor with a personal access token.
   */
  readonly projectId?: string | undefined;
}

/** The application that exchanges: by client id and secret, or by the key of a private key JWT application. */
export type ExchangeClient = ClientProject &
  (
    | (ClientSecretOptions & { readonly clientId: string })
    | { readonly keyFile: string; readonly key?: undefined }
    | {
        readonly key:
          | string
          | ApplicationKey
          | (() => string | ApplicationKey | Promise<string | ApplicationKey>);
        readonly keyFile?: undefined;
      }
  );

/** Requests a token as the application. */
export type RequestAsClient = (parameters: TokenParameters, signal: AbortSignal) => Promise<AccessToken>;

/** The application, checked and not yet bound to a client of this package. */
export type BindClient = (context: AuthContext) => {
  readonly projectId: string | undefined;
  readonly request: RequestAsClient;
};

/** Checks the option `client`. */
export function clientOption(client: ExchangeClient, issuer: string | undefined): BindClient {
  const { projectId } = client;
  if (projectId !== undefined) requireString("client.projectId", projectId);
  const bind = "clientId" in client ? secretClient(client) : keyClient(client, issuer);
  return (context) => ({ projectId, request: bind(context) });
}

function secretClient(
  client: ClientSecretOptions & { readonly clientId: string },
): (context: AuthContext) => RequestAsClient {
  const { clientId } = client;
  requireString("client.clientId", clientId);
  const bindSecret = credentialOption(client, "clientSecretFile", "clientSecret", parseSecret);
  const hints = exchangeHints(`the client ${JSON.stringify(clientId)}`);
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = bindSecret(context);
    return async (parameters, signal) => {
      const secret = await credential.load();
      const request = { parameters, ...basicAuthorization(clientId, secret), hints };
      return server.requestToken({ credentialId: secret, makeRequest: () => request, signal });
    };
  };
}

/** A client that signs an assertion instead of sending a secret (RFC 7523 section 2.2). */
function keyClient(client: object, issuer: string | undefined): (context: AuthContext) => RequestAsClient {
  const bindKey = credentialOption(client, "keyFile", "key", parseApplicationKey);
  return (context) => {
    const server = new AuthorizationServer(context, issuer);
    const credential = bindKey(context);
    return async (parameters, signal) => {
      const key = await credential.load();
      warnOfExpiry(key, server.clock.now(), context.onEvent);
      const hints = exchangeHints(`the client ${key.subject} (key ${key.keyId})`);
      return server.requestToken({
        credentialId: key.keyId,
        makeRequest: async (audience, now) => ({
          parameters: {
            ...parameters,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: await signAsOwner(key, audience, now),
          },
          hints,
        }),
        signal,
      });
    };
  };
}
