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

/** A receiver for the calls to one target, or to one HTTP provider. */
export interface Webhook {
  /**
   * Verifies a call, given the exact bytes of its body (a string stands for its bytes in UTF-8) and its header
   * `ZITADEL-Signature`. For frameworks without an adapter here.
   *
   * @throws WebhookError if it cannot be trusted
   */
  verify(body: WebhookBody, signature: string | readonly string[] | null | undefined): Promise<WebhookCall>;
  /** For servers that use web requests and responses, such as Hono and the route handlers of Next.js. Never throws. */
  fetchHandler(handler: WebhookHandler): (request: Request) => Promise<Response>;
  /**
   * For `node:http` and what is built on it, such as Express. Never throws. If something has already read the body, its
   * bytes or its text must be in `rawBody` or `body` of the request, or be the third argument, as for Fastify. Any
   * other third argument, such as the `next` of Express, is ignored.
   */
  nodeHandler(
    handler: WebhookHandler,
  ): (request: NodeRequest, response: NodeResponse, body?: unknown) => Promise<void>;
  /** For AWS Lambda, behind an API Gateway, a function URL or a load balancer. Never throws. */
  lambdaHandler(handler: WebhookHandler): (event: LambdaEvent) => Promise<LambdaResult>;
}

/**
 * Creates a receiver for Zitadel's calls to a target of its actions, or to an HTTP provider for e-mails or SMS.
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
 * @throws TypeError if an option is missing or invalid
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
