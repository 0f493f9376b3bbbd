import { describe } from "../../shared/describe.ts";
import {
  checkOptions,
  exactlyOne,
  invalidOption,
  requireKnown,
  requireObject,
} from "../../shared/invalid-option.ts";
import { AuthError } from "../auth-error.ts";
import type { AuthContext, AuthMethod } from "../auth-method.ts";
import { cachedTokenSource } from "../cache/cached-token-source.ts";
import { inlineCredential } from "../credential/credential-option.ts";
import { parseToken } from "../credential/secret-format.ts";
import { issuerOption } from "../token-endpoint/issuer.ts";
import { requireScopes } from "../token-endpoint/scopes.ts";
import { clientOption, type ExchangeClient } from "./exchange-client.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** Options of every exchange. */
export interface ExchangeOptions {
  /** An OIDC application of the instance that may use the token exchange grant. */
  readonly client: ExchangeClient;
  /** Scopes of the new token, which must be among those of the subject or actor. Default: the subject's, or the actor's. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Audiences of the new token, ids of projects or clients, which must be among those of the subject or actor. Default: the
   * subject's, or the actor's.
   */
  readonly audience?: readonly string[] | undefined;
  /** As in `privateKeyJwt()`, for the assertions of a client with a key. */
  readonly issuer?: string | undefined;
}

/**
 * Exchanges an access token for another one of the same user, optionally with fewer scopes or audiences. Zitadel's API
 * accepts it if the API is among its audiences.
 */
export interface OwnExchangeOptions extends ExchangeOptions {
  /** The user's access token. */
  readonly subject: Extract<ExchangeSubject, { readonly accessToken: unknown }>;
  readonly actor?: undefined;
}

/**
 * Impersonation: a token for the subject that names the actor. It is for your own services: **Zitadel's API never accepts a
 * token that has an actor** (403 `APP-Shi0J`, `APP-wai8O`).
 */
export interface ImpersonationOptions extends ExchangeOptions {
  /** The user that the actor impersonates. */
  readonly subject: ExchangeSubject;
  /** Who acts as the subject, with an impersonator role. Its current access token is sent along. */
  readonly actor: AuthMethod;
}

/** Options of {@link tokenExchange}. */
export type TokenExchangeOptions = OwnExchangeOptions | ImpersonationOptions;

/**
 * Authenticates by exchanging a token for another one (RFC 8693): for a token of the same user, or, with an actor, for an
 * impersonation. Get the token of an impersonation with `getAccessToken()`, and send it to your own services.
 *
 * @example
 * ```ts
 * import { createZitadel, privateKeyJwt, tokenExchange } from "zitadel-connect";
 *
 * await using support = createZitadel({
 *   auth: tokenExchange({
 *     client: { keyFile: "application.json", projectId: "223620394593190114" },
 *     subject: { userId: "218790123456789012" },
 *     actor: privateKeyJwt({ keyFile: "service-user.json" }),
 *   }),
 * });
 * const { token } = await support.getAccessToken();
 * ```
 *
 * @throws TypeError for invalid options. The source rejects with an AuthError if no token can be obtained.
 */
export function tokenExchange(options: TokenExchangeOptions): AuthMethod {
  const { bindSubject, bindClient, actor, more } = checkOptions("tokenExchange()", () => checked(options));
  return (context) => {
    const { projectId, request } = bindClient(context);
    const projectIds = [...(context.projectIds ?? []), ...(projectId === undefined ? [] : [projectId])];
    const actorSource = actor?.({ ...context, projectIds });
    const subject = bindSubject(context);
    let refusedActor: string | undefined;
    return cachedTokenSource(context, async ({ signal, current }) => {
      context.warmUp?.();
      const [subjectParameters, actorToken] = await Promise.all([
        subject(),
        actorSource?.getToken({ signal, rejected: refusedActor }),
      ]);
      const actorParameters =
        actorToken === undefined
          ? {}
          : { actor_token: actorToken.token, actor_token_type: ACCESS_TOKEN_TYPE };
      const parameters = {
        grant_type: GRANT_TYPE,
        requested_token_type: ACCESS_TOKEN_TYPE,
        ...subjectParameters,
        ...actorParameters,
        ...more,
      };
      try {
        return await request(parameters, { signal, current });
      } catch (error) {
        // The actor's token may be the reason, so the next exchange asks for another one.
        refusedActor = error instanceof AuthError && !error.retryable ? actorToken?.token : undefined;
        throw error;
      }
    });
  };
}

function checked(options: TokenExchangeOptions) {
  requireObject("its argument", options, "{ client, subject }");
  requireKnown("", options, KNOWN);
  const { actor, scopes, audience } = options;
  requireObject("subject", options.subject);
  requireObject("client", options.client);
  const { name, bind: bindSubject } = subjectOption(options.subject);
  const bindClient = clientOption(options.client, issuerOption(options.issuer));
  if (actor !== undefined && typeof actor !== "function") {
    throw invalidOption("actor", describe(actor), EXPECTED_ACTOR);
  }
  if (actor === undefined && name !== "accessToken") {
    throw invalidOption("actor", "undefined", `${EXPECTED_ACTOR}, which subject.${name} requires`);
  }
  if (scopes !== undefined) requireScopes("scopes", scopes);
  if (audience !== undefined) requireScopes("audience", audience);
  const more = {
    ...(scopes === undefined ? {} : { scope: scopes.join(" ") }),
    ...(audience === undefined ? {} : { audience }),
  };
  return { bindSubject, bindClient, actor, more };
}

const EXPECTED_ACTOR = "an authentication method, such as privateKeyJwt({ … })";

const KNOWN: Record<keyof TokenExchangeOptions, true> = {
  client: true,
  subject: true,
  actor: true,
  scopes: true,
  audience: true,
  issuer: true,
};

const TOKEN_TYPES = {
  userId: "urn:zitadel:params:oauth:token-type:user_id",
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

/** A token, or a function that returns it or a promise of it, called for each exchange. */
export type TokenInput = string | (() => string | Promise<string>);

/** Whose token is exchanged, or on whose behalf the actor acts. */
export type ExchangeSubject =
  | {
      /** The id of the user. Requires an actor. */
      readonly userId: string;
    }
  | {
      /**
       * An access token of the user. It must have the exchanging application among its audiences: request it with the
       * application's project in `projectIds`. Personal access tokens need no such audience.
       */
      readonly accessToken: TokenInput;
    }
  | {
      /** An ID token of the user. Requires an actor. */
      readonly idToken: TokenInput;
    }
  | {
      /** A JWT with the user's id as its subject, signed by a key of the exchanging application. Requires an actor. */
      readonly jwt: TokenInput;
    };

/** The parameters of a request for the subject. */
export interface SubjectParameters {
  readonly subject_token: string;
  readonly subject_token_type: string;
}

/** The subject in the one property that is set: checked, not yet bound to a client. */
export function subjectOption(subject: ExchangeSubject): {
  readonly name: keyof typeof TOKEN_TYPES;
  readonly bind: (context: AuthContext) => () => Promise<SubjectParameters>;
} {
  requireKnown("subject", subject, TOKEN_TYPES);
  const name = exactlyOne(subject, ["userId", "accessToken", "idToken", "jwt"]);
  const given: unknown = Object.entries(subject).find(([key]) => key === name)?.[1];
  const bindToken = inlineCredential(`subject.${name}`, given, parseToken);
  const bind = (context: AuthContext): (() => Promise<SubjectParameters>) => {
    const credential = bindToken(context);
    return async () => ({ subject_token: await credential.load(), subject_token_type: TOKEN_TYPES[name] });
  };
  return { name, bind };
}
