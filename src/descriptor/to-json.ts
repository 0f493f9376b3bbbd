import {
  toJson as asJson,
  isMessage,
  type JsonValue,
  type JsonWriteOptions,
  type Message,
} from "@bufbuild/protobuf";
import { findType, knownTypes } from "./known-types.ts";

/** Options of {@link toJson}. */
export type ToJsonOptions = Partial<Omit<JsonWriteOptions, "registry">>;

/**
 * Converts messages to JSON, with the mapping that protobuf defines (https://protobuf.dev/programming-guides/json/) and
 * Zitadel's REST API uses: timestamps as ISO 8601, enums by name, 64-bit integers as strings, bytes in Base64, oneofs as
 * the field that is set. Fields with their default value, such as `""`, `0` and `false`, are left out unless
 * `{ alwaysEmitImplicit: true }` is given.
 *
 * Accepts the messages of any client in this process, including parts of responses; needs no schema.
 *
 * @throws TypeError if the value is not a message, or no client knows its type
 */
export function toJson(message: Message, options?: ToJsonOptions): JsonValue;
export function toJson(messages: readonly Message[], options?: ToJsonOptions): JsonValue[];
export function toJson(value: Message | readonly Message[], options: ToJsonOptions = {}): JsonValue {
  if (Array.isArray(value)) return value.map((item: Message) => toJson(item, options));
  if (!isMessage(value))
    throw new TypeError(`toJson(): its argument is ${describe(value)}; expected a message`);
  const type = findType(value);
  if (type === undefined) {
    throw new TypeError(
      `toJson(): no client knows the type ${value.$typeName}; pass its schema to toJson() of @bufbuild/protobuf`,
    );
  }
  return asJson(type, value, { ...options, registry: knownTypes });
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value === null ? value : typeof value);
  if ("then" in value) return "a promise or a list, which must be awaited first";
  return "an object without $typeName, such as a copy of some of a message's fields";
}

/**
 * Lets `JSON.stringify` serialize a message. Only for whole responses: doing so for each message in them would more than
 * double the cost of decoding, and a different prototype would make them unlike those of protobuf-es.
 */
export function defineToJson(message: Message): void {
  if (Object.isExtensible(message)) Object.defineProperty(message, "toJSON", TO_JSON);
}

const TO_JSON: PropertyDescriptor = {
  value(this: Message): JsonValue {
    return toJson(this);
  },
  writable: true,
  configurable: true,
};
