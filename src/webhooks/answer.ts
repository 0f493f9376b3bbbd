import {
  create,
  type DescMessage,
  type DescMethodUnary,
  isMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import type { RequestCall, ResponseCall } from "./call.ts";

/** What Zitadel is to do. Made by {@link changed}, {@link changedFunction} or {@link refuse}. */
export interface WebhookAnswer {
  /** The body of the HTTP answer. */
  readonly json: JsonValue;
}

/**
 * Has Zitadel go on with another request, or answer with another response. The target must be of the type "call".
 * What the instance sent and the descriptor does not know stays as it was.
 */
export function changed<I extends DescMessage, O extends DescMessage>(
  call: RequestCall,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): WebhookAnswer;
export function changed<I extends DescMessage, O extends DescMessage>(
  call: ResponseCall,
  method: DescMethodUnary<I, O>,
  response: MessageInitShape<O>,
): WebhookAnswer;
export function changed(
  call: RequestCall | ResponseCall,
  method: DescMethodUnary,
  content: MessageInitShape<DescMessage>,
): WebhookAnswer {
  const [schema, original] =
    call.kind === "request" ? [method.input, call.request] : [method.output, call.response];
  const message = isMessage(content, schema) ? content : create(schema, content);
  return { json: withUnknown(schema, original, toJson(schema, message as Message) as JsonObject) };
}

/** What a function may add to a token or to a SAML response, and to the user. */
export interface FunctionAnswer {
  readonly append_claims?: readonly { readonly key: string; readonly value: JsonValue }[] | undefined;
  readonly append_log_claims?: readonly string[] | undefined;
  /** `value` is base64. */
  readonly set_user_metadata?: readonly { readonly key: string; readonly value: string }[] | undefined;
  readonly append_attribute?:
    | readonly { readonly name: string; readonly name_format: string; readonly value: readonly string[] }[]
    | undefined;
}

/** Answers a function. */
export function changedFunction(answer: FunctionAnswer): WebhookAnswer {
  return { json: JSON.parse(JSON.stringify(answer)) as JsonValue };
}

/**
 * Has Zitadel refuse the call. Its caller gets the message, and an error for the status, which is from 400 to 499.
 * The target must interrupt on errors.
 */
export function refuse(status: number, message: string): WebhookAnswer {
  if (!(Number.isInteger(status) && status >= 400 && status <= 499)) {
    throw new TypeError(`status: expected an integer from 400 to 499, got ${status}`);
  }
  return { json: { forwardedStatusCode: status, forwardedErrorMessage: message } };
}

/** Adds what the original has and the schema does not know, also within messages. */
function withUnknown(schema: DescMessage, original: JsonObject, json: JsonObject): JsonObject {
  const result = { ...json };
  for (const [key, value] of Object.entries(original)) {
    const field = schema.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    const current = field && result[field.jsonName];
    if (field === undefined) result[key] = value;
    else if (field.fieldKind === "message" && isObject(value) && isObject(current)) {
      result[field.jsonName] = withUnknown(field.message, value, current);
    }
  }
  return result;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
