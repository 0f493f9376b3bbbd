import { redactError } from "../errors/redact-error.ts";
import { hideSecrets } from "../shared/redact.ts";

/**
 * Knows the access token that a client sends at the moment, to keep it out of what has no single call behind it: log
 * lines, and errors of the token source. Holds none but the last, which the source holds as well, and gives it to nobody.
 */
export class SentToken {
  #token = "";

  set(token: string): void {
    this.#token = token;
  }

  /** Takes the token out of a text, and whatever looks like a secret. */
  hideIn(text: string): string {
    return hideSecrets(text, [this.#token]);
  }

  /** Takes the token out of an error, in place. Returns the error; another one in place of a frozen one. */
  hideInError(error: unknown): unknown {
    return redactError(error, [this.#token]);
  }
}
