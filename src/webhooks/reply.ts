import { describe } from "../shared/describe.ts";
import { readAnswer } from "./answer.ts";
import type { WebhookCall } from "./call.ts";
import { WebhookError } from "./webhook-error.ts";

/** A response, for whatever server. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; none where there is nothing to say. */
  readonly body: string | undefined;
}

const EXPECTED = 'nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns';

/**
 * The response for what a handler returned. Zitadel takes any 2xx for consent, so only what is known to be meant is
 * one; also a `Response`, whose status Zitadel would not pass on, is an error.
 */
export function toReply(call: WebhookCall, result: unknown): Reply {
  if (result === undefined) return { status: 200, headers: {}, body: undefined };
  const answer = readAnswer(result);
  if (answer === undefined) throw invalid(`the handler returned ${seen(result)}`);
  const { madeBy, kinds, refusal } = answer;
  if (!kinds.includes(call.kind)) {
    throw invalid(`the handler returned what ${madeBy} made, for a call of the kind "${call.kind}"`);
  }
  // Of the calls to providers Zitadel reads the status only.
  if (refusal !== undefined && (call.kind === "email" || call.kind === "sms")) {
    return { status: refusal, headers: {}, body: undefined };
  }
  const body = JSON.stringify(answer.json);
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

function seen(result: unknown): string {
  return result instanceof Response ? `a Response with the status ${result.status}` : describe(result);
}

function invalid(problem: string): WebhookError {
  return new WebhookError("result_invalid", `${problem}; expected ${EXPECTED}`);
}
