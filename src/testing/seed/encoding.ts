import type { JsonValue } from "@bufbuild/protobuf";

// What JSON has no form for is an object of one field, whose name begins so. No object of the state has such fields alone.
const MAP = "$map";
const SET = "$set";
const BYTES = "$bytes";
const BIGINT = "$bigint";
const NUMBER = "$number";

/** Plain data as JSON: maps, sets, bytes, large numbers and infinity included. Fields without a value are left out. */
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

/** What the objects of one field stand for. */
const DECODED: Readonly<Record<string, (value: JsonValue) => unknown>> = {
  [MAP]: (pairs) => new Map(itemsOf(pairs).map((pair) => decode(pair) as [unknown, unknown])),
  [SET]: (items) => new Set(itemsOf(items).map(decode)),
  [BYTES]: (text) => new Uint8Array(Buffer.from(String(text), "base64")),
  [BIGINT]: (text) => BigInt(String(text)),
  [NUMBER]: (text) => Number(text),
};

/** What {@link encode} made JSON of. */
export function decode(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const entries = Object.entries(value);
  const [[name, item] = ["", null]] = entries;
  const decodeOne = entries.length === 1 && Object.hasOwn(DECODED, name) ? DECODED[name] : undefined;
  if (decodeOne !== undefined) return decodeOne(item);
  return Object.fromEntries(entries.map(([key, field]) => [key, decode(field)]));
}

function itemsOf(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
