import { redactError } from "../errors/redact-error.ts";
import { hideSecrets } from "../shared/redact.ts";

/**
 * Keeps the access token that a client is sending out of texts that belong to no single call: logs, and errors of the token
 * source. Only holds the latest, as the source does, and does not expose it.
 */
export class SentToken {
  #token = "";

  set(token: string): void {
    this.#token = token;
  }

  /** Removes the token from a text, and whatever looks like a secret. */
  hideIn(text: string): string {
    return hideSecrets(text, [this.#token]);
  }

  /** Removes the token from an error, in place. Returns the error, or a copy if it is frozen. */
  hideInError(error: unknown): unknown {
    return redactError(error, [this.#token]);
  }
}
