import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { cachedTokenSource } from "./cache/cached-token-source.ts";
import { credentialOption } from "./credential/credential-option.ts";
import { parsePrivateKey } from "./credential/private-key.ts";
import { signAssertion } from "./token-endpoint/assertion.ts";
import { AuthorizationServer } from "./token-endpoint/authorization-server.ts";

/** The server accepts up to an hour from the time of issue. */
const LIFETIME_MS = 600_000;

/** The private key of a system user, or where it is. */
export type SystemUserKeyOptions =
  /** The path of the private key in PEM, read anew for each token. */
  | { readonly keyFile: string; readonly key?: undefined }
  /** The private key in PEM, or a function that returns it or a promise of it, called for each token. */
  | { readonly key: string | (() => string | Promise<string>); readonly keyFile?: undefined };

/** Options of {@link systemUser}. */
export type SystemUserOptions = SystemUserKeyOptions & {
  /** The name under which the server's configuration (`SystemAPIUsers`) knows the public key. */
  readonly userId: string;
  /**
   * The server's external origin, `https://<ExternalDomain>[:<ExternalPort>]`, which is not that of an instance.
   * Default: the origin of the client's URL.
   */
  readonly audience?: string | undefined;
};

/**
 * Authenticates a system user, who calls `zitadel.system.v1.SystemService` across instances. Its bearer is a JWT
 * that its key signs; no token is requested. A JWT lives for ten minutes.
 *
 * @throws TypeError for options or a key that cannot be used.
 */
export function systemUser(options: SystemUserOptions): AuthMethod {
  const { bindKey, userId, audience } = checkOptions("systemUser()", () => {
    requireObject("its argument", options, "{ userId, keyFile }");
    requireKnown("", options, KNOWN);
    const bindKey = credentialOption(options, "keyFile", "key", parsePrivateKey);
    const { userId, audience } = options;
    requireString("userId", userId);
    if (audience !== undefined) requireString("audience", audience);
    return { bindKey, userId, audience };
  });
  return (context) => {
    const server = new AuthorizationServer(context);
    const credential = bindKey(context);
    return cachedTokenSource(context, async ({ signal, rejected }) => {
      server.warmUp();
      // A rejected JWT may be one of a wrong clock; no response to a token request teaches the time here.
      if (rejected !== undefined) await server.learnTime(signal);
      const now = server.clock.now();
      const token = await signAssertion(await credential.load(), {
        subject: userId,
        audience: audience ?? context.origin,
        now,
        lifetimeMs: LIFETIME_MS,
      });
      return { token, expiresAt: now - server.clock.skewMs + LIFETIME_MS };
    });
  };
}

const KNOWN: Record<keyof SystemUserOptions, true> = {
  userId: true,
  audience: true,
  keyFile: true,
  key: true,
};
