/**
 * Why a webhook call was not accepted. For your logs: the sender gets only a status.
 *
 * - `method_not_allowed`, `content_type_unsupported`, `body_too_large`, `body_unreadable`: the request itself
 * - `body_parsed`: something has already parsed the body, so it cannot be verified; the message says what to do
 * - `signature_missing`, `signature_malformed`, `signature_mismatch`: the header `ZITADEL-Signature`
 * - `signature_expired`: signed too long ago, or too far in the future; replayed calls get this
 * - `token_invalid`: the payload is not the expected JWT or JWE, or belongs to another key
 * - `keys_unavailable`: the instance's keys could not be fetched
 * - `payload_malformed`: what was signed is not what Zitadel sends
 * - `handler_failed`: your handler threw `cause`
 * - `result_invalid`: your handler returned something invalid
 */
export type WebhookErrorCode =
  | "method_not_allowed"
  | "content_type_unsupported"
  | "body_too_large"
  | "body_unreadable"
  | "body_parsed"
  | "signature_missing"
  | "signature_malformed"
  | "signature_mismatch"
  | "signature_expired"
  | "token_invalid"
  | "keys_unavailable"
  | "payload_malformed"
  | "handler_failed"
  | "result_invalid";

/** A webhook call that was not accepted. Programs should check `code`. */
export class WebhookError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "WebhookError";
  override readonly name = "WebhookError";
  readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * The status of the response. All errors about signatures and tokens look the same, so that nobody can probe for keys.
 */
const STATUS: Record<WebhookErrorCode, number> = {
  method_not_allowed: 405,
  content_type_unsupported: 415,
  body_too_large: 413,
  body_unreadable: 400,
  body_parsed: 500,
  signature_missing: 401,
  signature_malformed: 401,
  signature_mismatch: 401,
  signature_expired: 401,
  token_invalid: 401,
  keys_unavailable: 503,
  payload_malformed: 400,
  handler_failed: 500,
  result_invalid: 500,
};

/** The HTTP status for an error. The response has no body. */
export function toStatus({ code }: Pick<WebhookError, "code">): number {
  return STATUS[code];
}
