export type { NodeKey } from "../shared/node-key.ts";
export type { WebhookBody } from "./body.ts";
export type {
  EmailCall,
  EventCall,
  FunctionCall,
  MessageTemplate,
  RequestCall,
  ResponseCall,
  SmsCall,
  WebhookCall,
} from "./call.ts";
export type { LambdaEvent, LambdaResult } from "./lambda-adapter.ts";
export type { NodeRequest, NodeResponse } from "./node-adapter.ts";
export type { WebhookHandler } from "./receive.ts";
export {
  type FunctionResponse,
  refuse,
  respondToFunction,
  respondWith,
  type WebhookResult,
} from "./result.ts";
export {
  findMethod,
  toRequest,
  toResponse,
  type WebhookServices,
} from "./typed.ts";
export { createWebhook, type Webhook } from "./webhook.ts";
export { WebhookError, type WebhookErrorCode } from "./webhook-error.ts";
export type { DecryptionKey, WebhookOptions } from "./webhook-options.ts";
