import type { WebhookError, WebhookErrorCode } from "./webhook-error.ts";

/** What only a call that the signing key has signed can run into. */
const SIGNED: ReadonlySet<WebhookErrorCode> = new Set([
  "token_invalid",
  "keys_unavailable",
  "payload_malformed",
  "handler_failed",
  "result_invalid",
]);

/**
 * Writes errors to stderr where nobody else is told: a key that is wrong, or a handler that fails, would show nowhere.
 * `console.error` rather than a warning of the process, since it has the stack of a handler's error. What is not signed
 * anybody can send, and so it is written once for each code.
 */
export function logErrors(): (error: WebhookError) => void {
  const written = new Set<WebhookErrorCode>();
  return (error) => {
    const { code } = error;
    if (!SIGNED.has(code) && written.has(code)) return;
    written.add(code);
    console.error(`zitadel-connect: webhook: ${code}:`, error);
  };
}
