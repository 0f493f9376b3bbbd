import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { EmailCall, SmsCall, WebhookCall } from "./call.ts";
import { WebhookError } from "./webhook-error.ts";

/** Parses a signed payload. */
export function parseCall(content: Uint8Array): WebhookCall {
  const object = parseObject(content);
  if (typeof object["fullMethod"] === "string") return rpcCall(object);
  if (typeof object["function"] === "string") {
    return { kind: "function", function: object["function"], content: object };
  }
  if (typeof object["event_type"] === "string") return eventCall(object);
  if (object["contextInfo"] !== undefined) return messageCall(object);
  throw malformed("not about an RPC, a function, an event or a message");
}

function rpcCall(object: JsonObject): WebhookCall {
  const call = {
    fullMethod: text(object["fullMethod"]),
    instanceId: text(object["instanceID"]),
    organizationId: text(object["orgID"]),
    projectId: text(object["projectID"]),
    userId: text(object["userID"]),
    headers: parseHeaders(object["headers"]),
    request: asObject(object["request"] ?? {}),
  };
  const response = object["response"];
  return response === undefined
    ? { kind: "request", ...call }
    : { kind: "response", ...call, response: asObject(response ?? {}) };
}

function eventCall(object: JsonObject): WebhookCall {
  return {
    kind: "event",
    eventType: text(object["event_type"]),
    aggregateId: text(object["aggregateID"]),
    aggregateType: text(object["aggregateType"]),
    resourceOwner: text(object["resourceOwner"]),
    instanceId: text(object["instanceID"]),
    sequence: Number(object["sequence"] ?? 0),
    createdAt: text(object["created_at"]),
    userId: text(object["userID"]),
    payload: eventPayload(object["event_payload"] ?? null),
  };
}

/** Parses a call to an HTTP provider for e-mails or SMS. */
function messageCall(object: JsonObject): EmailCall | SmsCall {
  const context = asObject(object["contextInfo"] ?? {});
  const provider = asObject(context["provider"] ?? {});
  const { recipientEmailAddress: address, recipientPhoneNumber: number } = context;
  if (address === undefined && number === undefined) throw malformed("a message without a recipient");
  return {
    kind: address === undefined ? "sms" : "email",
    eventType: text(context["eventType"]),
    recipient: text(address ?? number),
    provider: { id: text(provider["id"]), description: text(provider["description"]) },
    // Signed by Zitadel, which builds it from a struct with these fields.
    template: asObject(object["templateData"] ?? {}) as EmailCall["template"],
    args: asObject(object["args"] ?? {}),
  };
}

/** Older servers send it as base64. */
function eventPayload(value: JsonValue): JsonValue {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(Buffer.from(value, "base64").toString()) as JsonValue;
  } catch {
    return value;
  }
}

function parseHeaders(value: JsonValue | undefined): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(asObject(value ?? {}))) {
    for (const item of Array.isArray(values) ? values : [values]) {
      try {
        headers.append(name, text(item));
      } catch {
        // Not a valid HTTP header.
      }
    }
  }
  return headers;
}

function parseObject(content: Uint8Array): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content)) as JsonValue;
  } catch {
    throw malformed("not JSON; if the target's payload type is JWT or JWE, set the option payload");
  }
  return asObject(value);
}

function asObject(value: JsonValue): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw malformed("not an object");
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function malformed(problem: string): WebhookError {
  return new WebhookError("payload_malformed", `the payload is ${problem}`);
}
