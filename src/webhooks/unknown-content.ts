import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  isMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  type MessageShape,
  toJson,
  type UnknownField,
} from "@bufbuild/protobuf";
import { fieldValue } from "../descriptor/field-value.ts";
import { createMessage } from "../input/create-message.ts";
import { InputProblem } from "../input/input-problem.ts";

/**
 * The JSON of messages with fields or enum values that the descriptor does not know: parsing loses these. Keyed by the
 * message's list of unknown fields. Although that is empty, it is the only thing that stays with the message when it is
 * spread or moved within a list.
 */
const originals = new WeakMap<UnknownField[], JsonObject>();

/** Parses a message that may come from an instance newer than the descriptor, and remembers what is lost. */
export function fromNewerJson<S extends DescMessage>(schema: S, json: JsonObject): MessageShape<S> {
  const message = fromJson(schema, json, { ignoreUnknownFields: true });
  remember(schema, message, json);
  return message;
}

/** A message as JSON, with what it and its parts had lost. `original` is the JSON that it was parsed from. */
export function toNewerJson(schema: DescMessage, content: object, original: JsonObject): JsonObject {
  const message = createMessage(schema, content);
  if (message instanceof InputProblem) {
    throw new TypeError(`respondWith(): ${message.property || "its content"} ${message.reason}`);
  }
  return restore(schema, message, toJson(schema, message), original);
}

function remember(schema: DescMessage, message: Message, json: JsonObject): void {
  let lost = false;
  for (const [key, value] of Object.entries(json)) {
    const field = findField(schema, key);
    if (field === undefined || hasUnknownEnum(field, value)) lost = true;
    else rememberWithin(field, fieldValue(message, field), value);
  }
  if (!lost) return;
  message.$unknown ??= [];
  originals.set(message.$unknown, json);
}

function rememberWithin(field: DescField, value: unknown, json: JsonValue): void {
  const schema = messageSchema(field);
  if (schema === undefined || typeof json !== "object" || json === null) return;
  if (field.fieldKind === "message") {
    if (isMessage(value) && isObject(json)) remember(schema, value, json);
    return;
  }
  // The keys are the indexes of list elements, or the keys of map entries.
  for (const [key, item] of Object.entries(json)) {
    const message = (value as Readonly<Record<string, unknown>>)[key];
    if (isMessage(message) && isObject(item)) remember(schema, message, item);
  }
}

function restore(schema: DescMessage, message: unknown, json: JsonValue, given?: JsonValue): JsonObject {
  const { $unknown } = message as Message;
  const original = ($unknown && originals.get($unknown)) ?? (isObject(given) ? given : {});
  const result = { ...(json as JsonObject) };
  for (const [key, value] of Object.entries(original)) {
    const field = findField(schema, key);
    if (field === undefined) result[key] = value;
  }
  for (const field of schema.fields) {
    const was = original[field.jsonName] ?? original[field.name];
    const value = restoreField(field, message, result[field.jsonName], was);
    if (value !== undefined) result[field.jsonName] = value;
  }
  return result;
}

function restoreField(
  field: DescField,
  message: unknown,
  json: JsonValue | undefined,
  was: JsonValue | undefined,
): JsonValue | undefined {
  if (was !== undefined && hasUnknownEnum(field, was)) return restoreEnum(field, message, json, was);
  const schema = messageSchema(field);
  if (schema === undefined || json === undefined) return json;
  const value = fieldValue(message, field);
  if (field.fieldKind === "message") return restore(schema, value, json, was);
  const items = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(json)) {
    const wasAt = isObject(was) ? was : {};
    const entries = Object.entries(json as JsonObject);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, restore(schema, items[key], item, wasAt[key])]),
    );
  }
  const find = Array.isArray(was) ? byContent(schema, was) : () => undefined;
  return json.map((item, index) => restore(schema, items[index], item, find(item)));
}

/** Finds the original JSON of a list element that has the same content as an original one, but is another object. */
function byContent(
  schema: DescMessage,
  elements: readonly JsonValue[],
): (item: JsonValue) => JsonValue | undefined {
  const known = (element: JsonValue): JsonValue =>
    toJson(schema, fromJson(schema, element, { ignoreUnknownFields: true }));
  const byText = Map.groupBy(elements, (element) => JSON.stringify(known(element)));
  return (item) => byText.get(JSON.stringify(item))?.shift();
}

function restoreEnum(
  field: DescField,
  message: unknown,
  json: JsonValue | undefined,
  was: JsonValue,
): JsonValue | undefined {
  const isUnknown = (value: JsonValue): boolean => isUnknownValue(field.enum, value);
  if (Array.isArray(was)) {
    const current = Array.isArray(json) ? json : [];
    const known = was.filter((value) => !isUnknown(value));
    // If nothing has changed, keep the order as well.
    const same = JSON.stringify(current) === JSON.stringify(known);
    return same ? was : [...current, ...was.filter(isUnknown)];
  }
  if (isObject(was)) {
    const unknown = Object.entries(was).filter(([, value]) => isUnknown(value));
    return { ...Object.fromEntries(unknown), ...(json as JsonObject | undefined) };
  }
  return json ?? (isReplaced(field, message) ? undefined : was);
}

/** Whether another field of the same oneof is set now. */
function isReplaced({ oneof }: DescField, message: unknown): boolean {
  return oneof?.fields.some((field) => fieldValue(message, field) !== undefined) ?? false;
}

/** The instance writes JSON names, but the names in .proto files are valid too. */
function findField({ fields }: DescMessage, key: string): DescField | undefined {
  return fields.find(({ jsonName, name }) => jsonName === key || name === key);
}

/** The message type of a field, or of its elements. Excludes well-known types, whose JSON has a form of its own. */
function messageSchema({ message }: DescField): DescMessage | undefined {
  return message?.typeName.startsWith("google.protobuf.") ? undefined : message;
}

function hasUnknownEnum(field: DescField, json: JsonValue): boolean {
  if (field.enum === undefined) return false;
  const values = typeof json === "object" && json !== null ? Object.values(json) : [json];
  return values.some((value) => isUnknownValue(field.enum, value));
}

function isUnknownValue(desc: DescEnum | undefined, json: JsonValue): boolean {
  return (
    typeof json === "string" &&
    desc?.values.every(({ name, jsonName }) => json !== name && json !== jsonName) === true
  );
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
