import { checkOptions, requireKnown, requireObject } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { cachedTokenSource } from "./cache/cached-token-source.ts";
import { credentialOption } from "./credential/credential-option.ts";
import {
  type AssertionKey,
  type KeyFileContent,
  parseServiceAccountKey,
  warnOfExpiry,
} from "./credential/key-file.ts";
import { signAsOwner } from "./token-endpoint/assertion.ts";
import { AuthorizationServer } from "./token-endpoint/authorization-server.ts";
import { issuerOption } from "./token-endpoint/issuer.ts";
import type { Hints } from "./token-endpoint/response-error.ts";
import { type ScopeOptions, scopeOption } from "./token-endpoint/scopes.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The key file of a service user, or its content. */
export type KeyOptions =
  | {
      /**
       * The path of a key file. It is read immediately, so that mistakes surface at once, and again for each token: a new
       * file is used from then on. While it is invalid, the last valid one stays in use.
       */
      readonly keyFile: string;
      readonly key?: undefined;
    }
  | {
      /**
       * The content of a key file, or a function that returns it or a promise of it. A function is called for each token, so
       * that a secret store can rotate the key. While it fails, the last valid key stays in use.
       */
      readonly key: KeyFileContent | (() => KeyFileContent | Promise<KeyFileContent>);
      readonly keyFile?: undefined;
    };

/** Options of {@link privateKeyJwt}. */
export type PrivateKeyJwtOptions = KeyOptions &
  ScopeOptions & {
    /**
     * The issuer of the instance, exactly as in its discovery document: the audience of assertions. Default: the origin of
     * the client's URL, or of its `instanceHost`. If that is refused, it is taken from discovery.
     */
    readonly issuer?: string | undefined;
  };

/**
 * Authenticates a service user with a JWT signed with its private key: the JWT profile of RFC 7523 section 2.1. The key never
 * leaves the process. Recommended for production. Keys of applications cannot be used.
 *
 * @example
 * ```ts
 * import { createZitadel, privateKeyJwt } from "zitadel-connect";
 *
 * const zitadel = createZitadel({ auth: privateKeyJwt({ keyFile: "service-user.json" }) });
 * ```
 *
 * @throws TypeError for invalid options or an invalid key file. The source rejects with an AuthError if no token can be
 * obtained.
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): AuthMethod {
  const { bindKey, scope, issuer } = checkOptions("privateKeyJwt()", () => {
    requireObject("its argument", options, "{ keyFile } or { key }");
    requireKnown("", options, KNOWN, KEY_FILE_FIELDS);
    return {
      bindKey: credentialOption(options, "keyFile", "key", parseServiceAccountKey),
      scope: scopeOption(options),
      issuer: issuerOption(options.issuer),
    };
  });
  return (context) => {
    const server = new AuthorizationServer(context, issuer);
    const credential = bindKey(context);
    const parameters = { grant_type: GRANT_TYPE, scope: scope(context.projectIds) };
    return cachedTokenSource(
      context,
      async ({ signal, current }) => {
        server.warmUp();
        const key = await credential.load();
        warnOfExpiry(key, server.clock.now(), context.onEvent);
        return server.requestToken({
          credentialId: key.keyId,
          secret: key.privateKey,
          parameters,
          makeRequest: async (audience, now) => ({
            parameters: { ...parameters, assertion: await signAsOwner(key, audience, now) },
            hints: hintsFor(key, audience),
          }),
          current,
          signal,
        });
      },
      { credentialChanged: () => credential.changed() },
    );
  };
}

const KNOWN: Record<keyof PrivateKeyJwtOptions, true> = {
  keyFile: true,
  key: true,
  scopes: true,
  projectIds: true,
  issuer: true,
};

/** The fields of a key file, for callers who pass its content as options. */
const KEY_FILE_FIELDS = Object.fromEntries(
  ["type", "keyId", "key", "userId", "expirationDate"].map((name) => [name, "privateKeyJwt({ key })"]),
);

function hintsFor(key: AssertionKey, issuer: string): Hints {
  const end = key.expiresAt === undefined ? "" : ` (its file says ${new Date(key.expiresAt).toISOString()})`;
  const check =
    `that key ${key.keyId} of ${key.subject} still exists and has not expired${end}, ` +
    `that the user is active, and that both belong to the instance ${issuer}.`;
  return {
    invalid_grant: `Check in Zitadel ${check}`,
    server_error: `Try again later; see the server's log for details. Some versions respond like this to a key that they refuse: check ${check}`,
  };
}
