import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { cachedTokenSource } from "./cache/cached-token-source.ts";
import { credentialOption } from "./credential/credential-option.ts";
import { parsePrivateKey } from "./credential/private-key.ts";
import { signAssertion } from "./token-endpoint/assertion.ts";
import { AuthorizationServer } from "./token-endpoint/authorization-server.ts";

/** The server accepts up to an hour after the time of issue. */
const LIFETIME_MS = 600_000;

/** The private key of a system user, or the file that contains it. */
export type SystemUserKeyOptions =
  | {
      /** The path of the private key in PEM, which is read for each token. */
      readonly keyFile: string;
      readonly key?: undefined;
    }
  | {
      /** The private key in PEM, or a function that returns it or a promise of it, which is called for each token. */
      readonly key: string | (() => string | Promise<string>);
      readonly keyFile?: undefined;
    };

/** Options of {@link systemUser}. */
export type SystemUserOptions = SystemUserKeyOptions & {
  /** The name under which the server's configuration (`SystemAPIUsers`) knows the public key. */
  readonly userId: string;
  /**
   * The server's external origin, `https://<ExternalDomain>[:<ExternalPort>]`, which is not that of an instance. Default:
   * the origin of the client's URL.
   */
  readonly audience?: string | undefined;
};

/**
 * Authenticates a system user, which calls `zitadel.system.v1.SystemService` across instances. The bearer token is a JWT
 * signed with its key; no token is requested. A JWT is valid for ten minutes.
 *
 * @example
 * ```ts
 * import { createZitadel, systemUser } from "zitadel-connect";
 *
 * const zitadel = createZitadel({
 *   url: "https://zitadel.example.com",
 *   auth: systemUser({ userId: "platform", keyFile: "platform.pem" }),
 * });
 * for await (const { id, name } of zitadel.system.v1.listInstances()) console.log(id, name);
 * ```
 *
 * @throws TypeError for invalid options or an invalid key.
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
      // A JWT may have been rejected because of a wrong clock. There is no token request whose response shows the server's
      // time.
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
