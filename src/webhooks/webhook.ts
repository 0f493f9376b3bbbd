import type { IncomingMessage, ServerResponse } from "node:http";
import type { WebhookCall } from "./call.ts";
import { answerNode } from "./node-adapter.ts";
import { resolveWebhookOptions, type WebhookOptions } from "./options.ts";
import { parseCall } from "./parse-call.ts";
import type { WebhookHandler } from "./receive.ts";
import { checkSignature } from "./signature.ts";
import { createTokens } from "./tokens.ts";
import { answerWeb } from "./web-adapter.ts";

/** A receiver of the calls of one target. */
export interface Webhook {
  /**
   * Verifies a call: the very bytes of its body, and its header `ZITADEL-Signature`. For frameworks that have no
   * adapter here.
   *
   * @throws WebhookError when it is not to be trusted
   */
  verify(body: Uint8Array, signature: string | null | undefined): Promise<WebhookCall>;
  /** For servers that speak in web requests and responses. Never throws. */
  fetchHandler(handler: WebhookHandler): (request: Request) => Promise<Response>;
  /**
   * For `node:http` and what is built on it, such as Express. Never throws. Nothing may have read the body before,
   * unless it left the bytes in `rawBody`.
   */
  nodeHandler(handler: WebhookHandler): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Creates a receiver for the calls of a target of Zitadel's actions.
 *
 * @throws TypeError when an option is missing or makes no sense
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const resolved = resolveWebhookOptions(options);
  const { payload, maxBodyBytes, onError } = resolved;
  const tokens = createTokens(resolved);
  const verify: Webhook["verify"] = async (body, signature) => {
    checkSignature(body, signature, resolved);
    if (payload === "json") return parseCall(body);
    return parseCall(await tokens.verify(payload === "jwe" ? await tokens.decrypt(body) : body));
  };
  return {
    verify,
    fetchHandler: (handler) => (request) => answerWeb(request, { verify, handler, onError }, maxBodyBytes),
    nodeHandler: (handler) => (request, response) =>
      answerNode(request, response, { verify, handler, onError }, maxBodyBytes),
  };
}
