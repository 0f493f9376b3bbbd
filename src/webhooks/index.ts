export {
  changed,
  changedFunction,
  type FunctionAnswer,
  refuse,
  type WebhookAnswer,
} from "./answer.ts";
export type { EventCall, FunctionCall, RequestCall, ResponseCall, WebhookCall } from "./call.ts";
export type { DecryptionKey, WebhookOptions } from "./options.ts";
export type { WebhookHandler } from "./receive.ts";
export { methodOf, requestOf, responseOf, type WebhookServices } from "./typed.ts";
export { createWebhook, type Webhook } from "./webhook.ts";
export { WebhookError, type WebhookErrorCode } from "./webhook-error.ts";
