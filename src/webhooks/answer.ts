import type { DescMessage, DescMethodUnary, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { methodName } from "../descriptor/method-name.ts";
import type { InputFor } from "../input/message-input.ts";
import { describe } from "../shared/describe.ts";
import type { RequestCall, ResponseCall, WebhookCall } from "./call.ts";
import { toNewerJson } from "./unknown-content.ts";

/** Tells what was made here from what only looks like it, also across copies of this package. */
const ANSWER: unique symbol = Symbol.for("zitadel-connect.webhook-answer");

/** What Zitadel is to do. Made by {@link respondWith}, {@link respondToFunction} or {@link refuse}. */
export interface WebhookResult {
  /** The body of the HTTP response. */
  readonly json: JsonValue;
  /** Only those three make it. */
  readonly [ANSWER]: AnswerOrigin;
}

/** Where an answer comes from, and what it may be for. */
interface AnswerOrigin {
  readonly madeBy: string;
  readonly kinds: readonly WebhookCall["kind"][];
  /** The status of a refusal. */
  readonly refusal?: number | undefined;
}

/** An answer, if it is one. */
export function readAnswer(
  value: unknown,
): (AnswerOrigin & { readonly json: WebhookResult["json"] }) | undefined {
  if (typeof value !== "object" || value === null || !(ANSWER in value)) return undefined;
  // Only this module knows the symbol.
  const answer = value as WebhookResult;
  return { ...answer[ANSWER], json: answer.json };
}

/** What it is for is not shown: an answer looks like the JSON that it has. */
function toAnswer(json: JsonValue, origin: AnswerOrigin): WebhookResult {
  return Object.defineProperty({ json }, ANSWER, { value: origin }) as WebhookResult;
}

/**
 * Has Zitadel go on with another request, or with another response. The target must be of the type "call".
 *
 * What the instance sent and the descriptor does not know stays as it was: fields, and values of enums, also within
 * lists and maps. Elements of lists are known by what `requestOf()` and `responseOf()` returned, so change those, or
 * spreads of them (`{ ...element }`); an element of your own has nothing unknown.
 *
 * @throws TypeError when the call is about another RPC
 */
export function respondWith<I extends DescMessage, O extends DescMessage>(
  call: RequestCall,
  method: DescMethodUnary<I, O>,
  request: InputFor<I>,
): WebhookResult;
export function respondWith<I extends DescMessage, O extends DescMessage>(
  call: ResponseCall,
  method: DescMethodUnary<I, O>,
  response: InputFor<O>,
): WebhookResult;
export function respondWith(
  call: RequestCall | ResponseCall,
  method: DescMethodUnary,
  content: object,
): WebhookResult {
  if (call.fullMethod !== `/${methodName(method)}`) {
    throw new TypeError(
      `respondWith(): the call is about ${call.fullMethod}; expected /${methodName(method)}`,
    );
  }
  const [schema, original]: [DescMessage, JsonObject] =
    call.kind === "request" ? [method.input, call.request] : [method.output, call.response];
  return toAnswer(toNewerJson(schema, content, original), { madeBy: "respondWith()", kinds: [call.kind] });
}

/** What a function may add to a token or to a SAML response, and to the user. */
export interface FunctionResponse {
  readonly append_claims?: readonly { readonly key: string; readonly value: JsonValue }[] | undefined;
  readonly append_log_claims?: readonly string[] | undefined;
  /** `value` is base64. */
  readonly set_user_metadata?: readonly { readonly key: string; readonly value: string }[] | undefined;
  readonly append_attribute?:
    | readonly { readonly name: string; readonly name_format: string; readonly value: readonly string[] }[]
    | undefined;
}

/** Answers a function. The target must be of the type "call". */
export function respondToFunction(answer: FunctionResponse): WebhookResult {
  const json = JSON.parse(JSON.stringify(answer)) as JsonValue;
  return toAnswer(json, { madeBy: "respondToFunction()", kinds: ["function"] });
}

/**
 * Has Zitadel refuse the call. Its caller gets the message, and an error for the status, which is from 400 to 499. The
 * target must interrupt on errors, and not be asynchronous: Zitadel goes on otherwise.
 *
 * For e-mails and SMS: they count as not sent.
 *
 * @throws TypeError when the status is another
 */
export function refuse(status: number, message: string): WebhookResult {
  if (!(Number.isInteger(status) && status >= 400 && status <= 499)) {
    const seen = typeof status === "number" ? String(status) : describe(status);
    throw new TypeError(`refuse(): status is ${seen}; expected a whole number from 400 to 499`);
  }
  return toAnswer(
    { forwardedStatusCode: status, forwardedErrorMessage: message },
    {
      madeBy: "refuse()",
      kinds: ["request", "response", "function", "event", "email", "sms"],
      refusal: status,
    },
  );
}
