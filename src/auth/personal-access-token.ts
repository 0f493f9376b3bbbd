import { checkOptions, requireKnown, requireObject } from "../shared/invalid-option.ts";
import { abortable } from "../shared/sleep.ts";
import type { AuthMethod } from "./auth-method.ts";
import { cachedTokenSource } from "./cache/cached-token-source.ts";
import type { Credential } from "./credential/credential.ts";
import { credentialOption, SERVICE_USER } from "./credential/credential-option.ts";
import { parseToken } from "./credential/secret-format.ts";
import type { AccessToken, GetTokenOptions, TokenSource } from "./token-source.ts";

/** The token, or the file that contains it. */
export type PersonalAccessTokenOptions =
  | {
      /** The token, or a function that returns it or a promise of it: called once, and again when the token is rejected. */
      readonly token: string | (() => string | Promise<string>);
      readonly tokenFile?: undefined;
    }
  | {
      /**
       * The path of a file with the token. Surrounding whitespace is ignored. A new file is used from the first call that is
       * made at least 1 s after the last check, and immediately when the old token is rejected. A file that is overwritten in
       * place is used once it has not changed for 100 ms.
       */
      readonly tokenFile: string;
      readonly token?: undefined;
    };

/**
 * Authenticates a service user with a personal access token, which is itself the bearer token: it is not exchanged, and
 * cannot be refreshed. For development, and where nothing else is possible.
 *
 * @example
 * ```ts
 * import { createZitadel, personalAccessToken } from "zitadel-connect";
 *
 * const zitadel = createZitadel({ auth: personalAccessToken({ tokenFile: "/run/secrets/token" }) });
 * ```
 *
 * @throws TypeError for invalid options, or a file that cannot be read or is invalid.
 */
export function personalAccessToken(options: PersonalAccessTokenOptions): AuthMethod {
  const bindToken = checkOptions("personalAccessToken()", () => {
    requireObject("its argument", options, "{ token }");
    requireKnown("", options, { ...SERVICE_USER, ...KNOWN });
    return credentialOption(options, "tokenFile", "token", parseToken);
  });
  const isFunction = typeof options.token === "function";
  return (context) => {
    const credential = bindToken(context);
    return isFunction
      ? cachedTokenSource(context, async () => ({ token: await credential.load() }))
      : new CredentialTokenSource(credential);
  };
}

const KNOWN: Record<keyof PersonalAccessTokenOptions, true> = { token: true, tokenFile: true };

/** Returns a credential that is itself the token. */
class CredentialTokenSource implements TokenSource {
  readonly #credential: Credential<string>;
  #token: string | undefined;
  #promise: Promise<AccessToken>;

  constructor(credential: Credential<string>) {
    this.#credential = credential;
    this.#promise = this.#reload();
  }

  getToken(options?: GetTokenOptions): Promise<AccessToken> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    if (options?.rejected !== undefined && options.rejected === this.#token) {
      return abortable(this.#reload(), options.signal);
    }
    if (this.#credential.mayChange()) void this.#reloadIfChanged();
    return this.#promise;
  }

  async #reloadIfChanged(): Promise<void> {
    if (await this.#credential.changed()) await this.#reload();
  }

  async #reload(): Promise<AccessToken> {
    const token = await this.#credential.load();
    if (token !== this.#token) {
      this.#token = token;
      this.#promise = Promise.resolve({ token });
    }
    return this.#promise;
  }
}
