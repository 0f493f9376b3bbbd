import { type DescField, type DescMessage, type Message, toJson } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { toLine } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";
import { isSecretField } from "./secret-fields.ts";
import { isSecretName } from "./secret-names.ts";

/** Replaces a value that is not shown. */
export const REDACTED = "[redacted]";

/** A message as an object for logs: the fields that are set, by their names in the request object, without secrets. */
export function redactedBody(schema: DescMessage, message: Message): Record<string, unknown> {
  return toBody(reflect(schema, message));
}

function toBody(message: ReflectMessage): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of message.fields) {
    if (message.isSet(field))
      body[field.localName] = isSecretField(field) ? REDACTED : fieldValue(message, field);
  }
  return body;
}

function fieldValue(message: ReflectMessage, field: DescField): unknown {
  switch (field.fieldKind) {
    case "message":
      return messageValue(message.get(field));
    case "list":
      return [...message.get(field)].map((item) => itemValue(item));
    case "map":
      return Object.fromEntries(
        [...message.get(field)].map(([key, item]) => [
          itemValue(String(key)),
          // For example, a map of headers or of settings.
          isSecretName(String(key)) ? REDACTED : itemValue(item),
        ]),
      );
    case "enum":
      return field.enum.value[message.get(field)]?.name ?? message.get(field);
    default:
      return itemValue(message.get(field));
  }
}

function itemValue(item: unknown): unknown {
  if (typeof item === "string") return toLine(hideSecrets(item));
  if (typeof item === "bigint") return String(item);
  if (item instanceof Uint8Array) return `${item.length} bytes`;
  return isReflect(item) ? messageValue(item) : item;
}

function messageValue(message: ReflectMessage): unknown {
  const wellKnown = message.desc.typeName.startsWith("google.protobuf.");
  if (!wellKnown) return toBody(message);
  const value = toJson(message.desc, message.message);
  return typeof value === "string" ? itemValue(value) : value;
}

function isReflect(item: unknown): item is ReflectMessage {
  return typeof item === "object" && item !== null && "desc" in item;
}
