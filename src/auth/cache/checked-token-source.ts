import { describe } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import type { AccessToken, GetTokenOptions, TokenSource } from "../token-source.ts";
import { requireAccessToken } from "./access-token.ts";

/**
 * A token source whose tokens are checked before a client sends them. `source` is what the option `auth` gave, which
 * JavaScript does not check.
 *
 * @throws TypeError if it has no `getToken()`. The source rejects with an AuthError in place of what is no token.
 */
export function checkedTokenSource(source: TokenSource): TokenSource {
  const getToken: unknown = source?.getToken;
  if (typeof getToken === "function") return new CheckedTokenSource(source);
  throw invalidOption(
    "what auth gave",
    source instanceof Promise ? "a promise" : `${describe(source)} without getToken()`,
    "a token source: make it with cachedTokenSource(context, fetchToken)",
  );
}

class CheckedTokenSource implements TokenSource {
  readonly #source: TokenSource;
  /** This package's sources return the same promise for as long as the token is the same: a warm call adds none. */
  #checked: Promise<AccessToken> | undefined;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  getToken(options?: GetTokenOptions): Promise<AccessToken> {
    const given = this.#source.getToken(options);
    const isChecked = this.#checked !== undefined && given === this.#checked;
    return isChecked ? given : this.#check(given);
  }

  async #check(given: Promise<AccessToken>): Promise<AccessToken> {
    const access = await given;
    requireAccessToken("The token source", access);
    if (given instanceof Promise) this.#checked = given;
    return access;
  }
}
