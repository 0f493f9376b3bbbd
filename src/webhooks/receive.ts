import { callBack } from "../shared/call-back.ts";
import type { WebhookCall } from "./call.ts";
import { type Reply, toReply } from "./reply.ts";
import type { WebhookResult } from "./result.ts";
import { toStatus, WebhookError } from "./webhook-error.ts";

/**
 * Handles a call. Returns nothing if nothing should change, or else the result of `respondWith()`,
 * `respondToFunction()` or `refuse()`. If it returns anything else or throws, Zitadel gets an error response.
 */
export type WebhookHandler = (call: WebhookCall) => HandlerResult | Promise<HandlerResult>;

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement has this type
type HandlerResult = WebhookResult | undefined | void;

/** A request to any kind of server. */
export interface Incoming {
  readonly method: string | undefined;
  readonly contentType: string | null | undefined;
  readonly signature: string | readonly string[] | null | undefined;
  /** Throws a WebhookError if the body is too large or cannot be read. */
  readBody(): Uint8Array | Promise<Uint8Array>;
}

/** What all adapters need. */
export interface Receiver {
  verify(body: Uint8Array, signature: Incoming["signature"]): Promise<WebhookCall>;
  readonly handler: WebhookHandler;
  readonly onError: (error: WebhookError) => unknown;
  readonly maxBodyBytes: number;
}

/** Creates the response to a request. Never throws: for an error, the sender gets only a status. */
export async function receive(incoming: Incoming, { verify, handler, onError }: Receiver): Promise<Reply> {
  try {
    checkForm(incoming);
    const call = await verify(await incoming.readBody(), incoming.signature);
    return toReply(call, await handler(call));
  } catch (reason) {
    const error =
      reason instanceof WebhookError
        ? reason
        : new WebhookError("handler_failed", "the handler failed", reason);
    callBack(() => onError(error));
    return { status: toStatus(error), headers: {}, body: undefined };
  }
}

function checkForm({ method, contentType }: Incoming): void {
  if (method !== "POST") throw new WebhookError("method_not_allowed", `${method} instead of POST`);
  if (!/^application\/json *(;|$)/i.test(contentType ?? "")) {
    throw new WebhookError("content_type_unsupported", "the content is not application/json");
  }
}
