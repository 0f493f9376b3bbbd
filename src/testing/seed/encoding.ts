import type { JsonValue } from "@bufbuild/protobuf";

// Values that JSON lacks become an object whose only field has one of these names. No object of the
// state has only such a field.
const MAP = "$map";
const SET = "$set";
const BYTES = "$bytes";
const BIGINT = "$bigint";
const NUMBER = "$number";

/** Encodes plain data as JSON, including maps, sets, bytes, large numbers and infinity. Omits undefined fields. */
export function encode(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "bigint") return { [BIGINT]: value.toString() };
  if (typeof value === "number") return Number.isFinite(value) ? value : { [NUMBER]: String(value) };
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString("base64") };
  if (value instanceof Map) return { [MAP]: [...value].map(([key, item]) => [encode(key), encode(item)]) };
  if (value instanceof Set) return { [SET]: [...value].map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} cannot be a part of the state`);
  const entries = Object.entries(value).flatMap(([name, item]) =>
    item === undefined ? [] : [[name, encode(item)] as const],
  );
  return Object.fromEntries(entries);
}

/** The decoders of objects with one field. */
const DECODED: Readonly<Record<string, (value: JsonValue) => unknown>> = {
  [MAP]: (pairs) => new Map(toItems(pairs).map((pair) => decode(pair) as [unknown, unknown])),
  [SET]: (items) => new Set(toItems(items).map(decode)),
  [BYTES]: (text) => new Uint8Array(Buffer.from(String(text), "base64")),
  [BIGINT]: (text) => BigInt(String(text)),
  [NUMBER]: (text) => Number(text),
};

/** Decodes the result of {@link encode}. */
export function decode(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const entries = Object.entries(value);
  const [[name, item] = ["", null]] = entries;
  const decodeOne = entries.length === 1 && Object.hasOwn(DECODED, name) ? DECODED[name] : undefined;
  if (decodeOne !== undefined) return decodeOne(item);
  return Object.fromEntries(entries.map(([key, field]) => [key, decode(field)]));
}

function toItems(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
