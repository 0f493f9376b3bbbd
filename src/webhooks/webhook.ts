import { checkOptions, requireHandler } from "../shared/invalid-option.ts";
import { requireBytes, type WebhookBody } from "./body.ts";
import type { WebhookCall } from "./call.ts";
import { handleLambda, type LambdaEvent, type LambdaResult } from "./lambda-adapter.ts";
import { handleNode, type NodeRequest, type NodeResponse } from "./node-adapter.ts";
import { parseCall } from "./parse-call.ts";
import type { Incoming, Receiver, WebhookHandler } from "./receive.ts";
import { checkSignature } from "./signature.ts";
import { createTokens } from "./tokens.ts";
import { handleWeb } from "./web-adapter.ts";
import { resolveWebhookOptions, type WebhookOptions } from "./webhook-options.ts";

/** A receiver of the calls of one target, or of one HTTP provider. */
export interface Webhook {
  /**
   * Verifies a call: the very bytes of its body (text stands for its bytes in UTF-8), and its header
   * `ZITADEL-Signature`. For frameworks that have no adapter here.
   *
   * @throws WebhookError when it is not to be trusted
   */
  verify(body: WebhookBody, signature: string | readonly string[] | null | undefined): Promise<WebhookCall>;
  /** For servers that speak in web requests and responses, such as Hono and the route handlers of Next.js. Never throws. */
  fetchHandler(handler: WebhookHandler): (request: Request) => Promise<Response>;
  /**
   * For `node:http` and what is built on it, such as Express. Never throws. If something has read the body before, its
   * bytes or its text must be in `rawBody` or `body` of the request, or the third argument, as for Fastify. That may
   * also be anything else, such as the `next` of Express.
   */
  nodeHandler(
    handler: WebhookHandler,
  ): (request: NodeRequest, response: NodeResponse, body?: unknown) => Promise<void>;
  /** For AWS Lambda, behind an API Gateway, a function URL or a load balancer. Never throws. */
  lambdaHandler(handler: WebhookHandler): (event: LambdaEvent) => Promise<LambdaResult>;
}

/**
 * Creates a receiver for the calls of a target of Zitadel's actions, or of an HTTP provider for e-mails or SMS.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createWebhook } from "zitadel-connect/webhooks";
 *
 * const webhook = createWebhook({ signingKey: process.env["WEBHOOK_SIGNING_KEY"] ?? "" });
 * createServer(webhook.nodeHandler((call) => console.log(call.kind))).listen(8080);
 * ```
 *
 * @throws TypeError when an option is missing or makes no sense
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const [resolved, tokens] = checkOptions("createWebhook()", () => {
    const resolved = resolveWebhookOptions(options);
    return [resolved, createTokens(resolved)] as const;
  });
  const { payload, maxBodyBytes, onError } = resolved;
  const verify = async (body: unknown, signature: Incoming["signature"]): Promise<WebhookCall> => {
    const bytes = requireBytes(body, maxBodyBytes);
    checkSignature(bytes, signature, resolved);
    if (payload === "json") return parseCall(bytes);
    return parseCall(await tokens.verify(payload === "jwe" ? await tokens.decrypt(bytes) : bytes));
  };
  const receiver = (caller: string, handler: WebhookHandler): Receiver => {
    requireHandler(caller, handler);
    return { verify, handler, onError, maxBodyBytes };
  };
  return {
    verify,
    fetchHandler(handler) {
      const own = receiver("fetchHandler()", handler);
      return (request) => handleWeb(request, own);
    },
    nodeHandler(handler) {
      const own = receiver("nodeHandler()", handler);
      return (request, response, body) => handleNode(request, response, body, own);
    },
    lambdaHandler(handler) {
      const own = receiver("lambdaHandler()", handler);
      return (event) => handleLambda(event, own);
    },
  };
}
