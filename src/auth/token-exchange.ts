import { describe, exactlyOne, misuse, requireObject, requireString } from "../shared/invalid-option.ts";
import { requestWithAssertion } from "./assertion.ts";
import { AuthError } from "./auth-error.ts";
import type { AuthContext, AuthMethod } from "./auth-method.ts";
import { AuthorizationServer } from "./authorization-server.ts";
import { basicAuthorization } from "./basic-authorization.ts";
import { cachedTokenSource } from "./cached-token-source.ts";
import type { ClientSecretOptions } from "./client-credentials.ts";
import { credentialOption, inlineCredential, parseSecret, parseWord } from "./credential.ts";
import { type ApplicationKey, parseKeyFile, warnOfExpiry } from "./key-file.ts";
import { type ScopeOptions, scopeParameter } from "./scopes.ts";
import type { AccessToken } from "./token-source.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TYPES = {
  userId: "urn:zitadel:params:oauth:token-type:user_id",
  accessToken: ACCESS_TOKEN_TYPE,
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

/** A token, or a function that returns it or a promise of it, called for each exchange. */
export type TokenInput = string | (() => string | Promise<string>);

/** On whose behalf the token is to be. */
export type ExchangeSubject =
  | { readonly userId: string }
  | { readonly accessToken: TokenInput }
  | { readonly idToken: TokenInput }
  | { readonly jwt: TokenInput };

/** The application that exchanges: by client id and secret, or by the key of a private key JWT application. */
export type ExchangeClient =
  | (ClientSecretOptions & { readonly clientId: string })
  | { readonly keyFile: string; readonly key?: undefined }
  | {
      readonly key:
        | string
        | ApplicationKey
        | (() => string | ApplicationKey | Promise<string | ApplicationKey>);
      readonly keyFile?: undefined;
    };

/** Options of {@link tokenExchange}. */
export interface TokenExchangeOptions extends ScopeOptions {
  /** An OIDC application of the instance which may use the token exchange grant. */
  readonly client: ExchangeClient;
  readonly subject: ExchangeSubject;
  /** Who acts as the subject, for an impersonation; its current access token is sent along. Default: nobody. */
  readonly actor?: AuthMethod | undefined;
}

const HINTS = {
  invalid_request:
    "Check subject and actor, and that the instance allows impersonation if a user id is the subject.",
  invalid_client: "Check that the client is an OIDC application of this instance, and its secret or key.",
  invalid_grant: "Check that the tokens of subject and actor are valid and of this instance.",
  unauthorized_client: "Allow the grant type Token Exchange in the application's settings.",
};

/**
 * Authenticates by exchanging a token for another (RFC 8693), above all to act as another user (impersonation).
 *
 * @throws TypeError for options that cannot be used. The source rejects with an AuthError when no token can
 * be obtained.
 */
export function tokenExchange(options: TokenExchangeOptions): AuthMethod {
  const method = "tokenExchange()";
  requireObject(method, "its argument", options);
  requireObject(method, "subject", options.subject);
  requireObject(method, "client", options.client);
  const subject = subjectOption(method, options.subject);
  const client = clientOption(method, options.client);
  const { actor } = options;
  if (actor !== undefined && typeof actor !== "function") {
    throw misuse(method, "actor", describe(actor), "an authentication method, such as privateKeyJwt({ … })");
  }
  const scope = scopeParameter(method, options);
  return (context) => {
    const actorSource = actor?.(context);
    const loadSubject = subject(context);
    const request = client(context);
    let refusedActor: string | undefined;
    return cachedTokenSource(context, async ({ signal }) => {
      const [subjectParameters, actorToken] = await Promise.all([
        loadSubject(),
        actorSource?.getToken({ signal, rejected: refusedActor }),
      ]);
      const parameters = {
        grant_type: GRANT_TYPE,
        requested_token_type: ACCESS_TOKEN_TYPE,
        ...subjectParameters,
        ...(actorToken === undefined
          ? {}
          : { actor_token: actorToken.token, actor_token_type: ACCESS_TOKEN_TYPE }),
        scope,
      };
      try {
        return await request(parameters, signal);
      } catch (error) {
        // The refusal may be of the actor's token: the next exchange asks for another one.
        refusedActor = error instanceof AuthError && !error.retryable ? actorToken?.token : undefined;
        throw error;
      }
    });
  };
}

type Parameters = Readonly<Record<string, string>>;

function subjectOption(
  method: string,
  subject: ExchangeSubject,
): (context: AuthContext) => () => Promise<Parameters> {
  const names = ["userId", "accessToken", "idToken", "jwt"] as const;
  const name = exactlyOne(method, subject, names);
  const given: unknown = Object.entries(subject).find(([key]) => key === name)?.[1];
  const unbound = inlineCredential(`subject.${name}`, given, parseWord(method));
  return (context) => {
    const credential = unbound(context);
    return async () => ({ subject_token: await credential.load(), subject_token_type: SUBJECT_TYPES[name] });
  };
}

type RequestExchange = (parameters: Parameters, signal: AbortSignal) => Promise<AccessToken>;

function clientOption(method: string, client: ExchangeClient): (context: AuthContext) => RequestExchange {
  return "clientId" in client ? secretClient(method, client) : keyClient(method, client);
}

function secretClient(
  method: string,
  client: ClientSecretOptions & { readonly clientId: string },
): (context: AuthContext) => RequestExchange {
  const { clientId } = client;
  requireString(method, "client.clientId", clientId);
  const unbound = credentialOption(method, client, "clientSecretFile", "clientSecret", parseSecret(method));
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = unbound(context);
    return async (parameters, signal) => {
      const basic = basicAuthorization(clientId, await credential.load());
      return server.requestToken({ parameters, ...basic, hints: HINTS }, signal);
    };
  };
}

/** A client that signs an assertion instead of sending a secret (RFC 7523 section 2.2). */
function keyClient(method: string, client: object): (context: AuthContext) => RequestExchange {
  const unbound = credentialOption(method, client, "keyFile", "key", parseKeyFile(method, ["application"]));
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = unbound(context);
    return async (parameters, signal) => {
      const key = await credential.load();
      warnOfExpiry(key, server.clock.now(), context.onEvent);
      return requestWithAssertion(server, key, signal, (assertion) => ({
        parameters: { ...parameters, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion },
        hints: HINTS,
      }));
    };
  };
}
