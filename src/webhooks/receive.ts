import type { WebhookAnswer } from "./answer.ts";
import type { WebhookCall } from "./call.ts";
import { statusOf, WebhookError } from "./webhook-error.ts";

/** Acts on a call. Returns nothing to leave all as it is. */
export type WebhookHandler = (call: WebhookCall) => HandlerResult | Promise<HandlerResult>;

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement has this type
type HandlerResult = WebhookAnswer | undefined | void;

/** A request, of whatever server. */
export interface Incoming {
  readonly method: string | undefined;
  readonly contentType: string | null | undefined;
  readonly signature: string | null | undefined;
  /** Throws a WebhookError where the body is too large or cannot be read. */
  readBody(): Promise<Uint8Array>;
}

/** An answer, for whatever server. */
export interface Reply {
  readonly status: number;
  /** JSON; none where there is nothing to say. */
  readonly body: string | undefined;
}

/** What to do with requests. */
export interface Receiver {
  verify(body: Uint8Array, signature: string | null | undefined): Promise<WebhookCall>;
  readonly handler: WebhookHandler;
  readonly onError: (error: WebhookError) => void;
}

/** Answers a request. Never throws: a sender that is not Zitadel learns no more than a status. */
export async function receive(incoming: Incoming, { verify, handler, onError }: Receiver): Promise<Reply> {
  try {
    checkForm(incoming);
    const call = await verify(await incoming.readBody(), incoming.signature);
    const answer = await handler(call);
    return { status: 200, body: answer === undefined ? undefined : JSON.stringify(answer.json) };
  } catch (reason) {
    const error =
      reason instanceof WebhookError
        ? reason
        : new WebhookError("handler_failed", "the handler failed", reason);
    tell(onError, error);
    return { status: statusOf(error), body: undefined };
  }
}

function checkForm({ method, contentType }: Incoming): void {
  if (method !== "POST") throw new WebhookError("method_not_allowed", `${method} instead of POST`);
  if (!/^application\/json *(;|$)/i.test(contentType ?? "")) {
    throw new WebhookError("content_type_unsupported", "the content is not application/json");
  }
}

function tell(onError: Receiver["onError"], error: WebhookError): void {
  try {
    onError(error);
  } catch {
    // A logger that fails must not change the answer.
  }
}
