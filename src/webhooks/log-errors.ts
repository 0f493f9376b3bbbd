import type { WebhookError, WebhookErrorCode } from "./webhook-error.ts";

/** Errors that only calls signed with the signing key can cause. */
const SIGNED: ReadonlySet<WebhookErrorCode> = new Set([
  "token_invalid",
  "keys_unavailable",
  "payload_malformed",
  "handler_failed",
  "result_invalid",
]);

/**
 * Writes errors to stderr if there is no `onError`; otherwise, a wrong key or a failing handler would go unnoticed.
 * Uses `console.error`, which, unlike a process warning, shows the stack of a handler's error. Anybody can send
 * unsigned calls, so their errors are written once per code.
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
