import type { DescMessage, DescMethodUnary, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { methodName } from "../descriptor/method-name.ts";
import type { InputFor } from "../input/message-input.ts";
import { describe } from "../shared/describe.ts";
import type { RequestCall, ResponseCall, WebhookCall } from "./call.ts";
import { toNewerJson } from "./unknown-content.ts";

/** Marks results created here, also across copies of this package. */
const ORIGIN: unique symbol = Symbol.for("zitadel-connect.webhook-result");

/** What Zitadel should do. Created by {@link respondWith}, {@link respondToFunction} or {@link refuse}. */
export interface WebhookResult {
  /** The body of the HTTP response. */
  readonly json: JsonValue;
  /** Set only by these three functions. */
  readonly [ORIGIN]: ResultOrigin;
}

/** Which function made a result, and which calls it is for. */
interface ResultOrigin {
  readonly madeBy: string;
  readonly kinds: readonly WebhookCall["kind"][];
  /** The status of a refusal. */
  readonly refusal?: number | undefined;
}

/** A result, if it is one. */
export function readResult(
  value: unknown,
): (ResultOrigin & { readonly json: WebhookResult["json"] }) | undefined {
  if (typeof value !== "object" || value === null || !(ORIGIN in value)) return undefined;
  // Only this module uses the symbol.
  const result = value as WebhookResult;
  return { ...result[ORIGIN], json: result.json };
}

/** The mark is not enumerable: a result looks like its JSON. */
function toResult(json: JsonValue, origin: ResultOrigin): WebhookResult {
  return Object.defineProperty({ json }, ORIGIN, { value: origin }) as WebhookResult;
}

/**
 * Makes Zitadel continue with another request or response. The target must be of the type "call".
 *
 * Fields and enum values that the descriptor does not know are kept, also within lists and maps. For list elements,
 * that works only with the elements that `toRequest()` and `toResponse()` returned: change these, or spread them (`{
 * ...element }`). A new element has no unknown fields.
 *
 * @throws TypeError if the call is about another RPC
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
  return toResult(toNewerJson(schema, content, original), { madeBy: "respondWith()", kinds: [call.kind] });
}

/** What the response to a function may add to a token, a SAML response and the user. */
export interface FunctionResponse {
  readonly append_claims?: readonly { readonly key: string; readonly value: JsonValue }[] | undefined;
  readonly append_log_claims?: readonly string[] | undefined;
  /** `value` is base64. */
  readonly set_user_metadata?: readonly { readonly key: string; readonly value: string }[] | undefined;
  readonly append_attribute?:
    | readonly { readonly name: string; readonly name_format: string; readonly value: readonly string[] }[]
    | undefined;
}

/** Responds to a function. The target must be of the type "call". */
export function respondToFunction(result: FunctionResponse): WebhookResult {
  const json = JSON.parse(JSON.stringify(result)) as JsonValue;
  return toResult(json, { madeBy: "respondToFunction()", kinds: ["function"] });
}

/**
 * Makes Zitadel refuse the call. Its caller gets the message, with an error code that follows from the status, which is
 * from 400 to 499. The target must interrupt on errors and must not be asynchronous; otherwise, Zitadel continues.
 *
 * An e-mail or SMS counts as not sent.
 *
 * @throws TypeError for any other status
 */
export function refuse(status: number, message: string): WebhookResult {
  if (!(Number.isInteger(status) && status >= 400 && status <= 499)) {
    const seen = typeof status === "number" ? String(status) : describe(status);
    throw new TypeError(`refuse(): status is ${seen}; expected an integer from 400 to 499`);
  }
  return toResult(
    { forwardedStatusCode: status, forwardedErrorMessage: message },
    {
      madeBy: "refuse()",
      kinds: ["request", "response", "function", "event", "email", "sms"],
      refusal: status,
    },
  );
}
