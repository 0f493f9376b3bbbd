import { requestWithAssertion } from "./assertion.ts";
import type { AuthMethod } from "./auth-method.ts";
import { AuthorizationServer } from "./authorization-server.ts";
import { cachedTokenSource } from "./cached-token-source.ts";
import { credentialOption } from "./credential.ts";
import { type AssertionKey, type KeyFileContent, parseKeyFile, warnOfExpiry } from "./key-file.ts";
import { type ScopeOptions, scopeParameter } from "./scopes.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Where the key file is, or what is in it. */
export type KeyOptions =
  /**
   * The path of a key file. It is read when the method is made, so that a mistake shows at once, and anew for
   * each token: a file that was replaced is used from then on, and until it parses, the last good one.
   */
  | { readonly keyFile: string; readonly key?: undefined }
  /**
   * The content of a key file, or a function that returns it or a promise of it. A function is called for each
   * token, so that a secret store can rotate the key; while it fails, its last good answer is used.
   */
  | {
      readonly key: KeyFileContent | (() => KeyFileContent | Promise<KeyFileContent>);
      readonly keyFile?: undefined;
    };

/** Options of {@link privateKeyJwt}. */
export type PrivateKeyJwtOptions = KeyOptions & ScopeOptions;

/**
 * Authenticates a service user (or an application) by a JWT that its private key signs: the JWT profile of
 * RFC 7523 section 2.1. The key never leaves the process. The method to choose in production.
 *
 * @throws TypeError for options or a key file that cannot be used. The source rejects with an
 * AuthError when no token can be obtained.
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): AuthMethod {
  const parse = parseKeyFile("privateKeyJwt()", ["serviceaccount", "application"]);
  const unbound = credentialOption("privateKeyJwt()", options, "keyFile", "key", parse);
  const scope = scopeParameter("privateKeyJwt()", options);
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = unbound(context);
    return cachedTokenSource(
      context,
      async ({ signal }) => {
        const key = await credential.load();
        warnOfExpiry(key, server.clock.now(), context.onEvent);
        return requestWithAssertion(server, key, signal, (assertion, issuer) => ({
          parameters: { grant_type: GRANT_TYPE, assertion, scope },
          hints: hintsFor(key, issuer),
        }));
      },
      { credentialChanged: () => credential.changed() },
    );
  };
}

function hintsFor(key: AssertionKey, issuer: string): { invalid_grant: string } {
  const end = key.expiresAt === undefined ? "" : ` (its file says ${new Date(key.expiresAt).toISOString()})`;
  return {
    invalid_grant:
      `Check in Zitadel that key ${key.keyId} of ${key.subject} still exists and has not expired${end}, ` +
      `that the user is active, and that both belong to the instance ${issuer}.`,
  };
}
