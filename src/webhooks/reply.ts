import { describe } from "../shared/describe.ts";
import type { WebhookCall } from "./call.ts";
import { readResult } from "./result.ts";
import { WebhookError } from "./webhook-error.ts";

/** A response for any kind of server. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; absent if there is nothing to send. */
  readonly body: string | undefined;
}

const EXPECTED = 'nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns';

/**
 * The response for a handler's result. Zitadel treats any 2xx as consent, so only known results get one; a `Response`
 * is an error too, since Zitadel would not pass on its status.
 */
export function toReply(call: WebhookCall, result: unknown): Reply {
  if (result === undefined) return { status: 200, headers: {}, body: undefined };
  const reply = readResult(result);
  if (reply === undefined) throw invalid(`the handler returned ${seen(result)}`);
  const { madeBy, kinds, refusal } = reply;
  if (!kinds.includes(call.kind)) {
    throw invalid(`the handler returned the result of ${madeBy} for a call of the kind "${call.kind}"`);
  }
  // Of a provider's response, Zitadel reads only the status.
  if (refusal !== undefined && (call.kind === "email" || call.kind === "sms")) {
    return { status: refusal, headers: {}, body: undefined };
  }
  const body = JSON.stringify(reply.json);
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

function seen(result: unknown): string {
  return result instanceof Response ? `a Response with the status ${result.status}` : describe(result);
}

function invalid(problem: string): WebhookError {
  return new WebhookError("result_invalid", `${problem}; expected ${EXPECTED}`);
}
