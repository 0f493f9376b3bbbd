import { type DescField, type DescMessage, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { knownTypes } from "../../descriptor/known-types.ts";
import type { Table } from "../output/table.ts";

/** How results become JSON. */
export interface JsonOptions {
  /** Whether to include fields with default values. */
  readonly alwaysEmitImplicit: boolean;
}

/** A message as JSON, in protobuf's mapping. */
export function toMessageJson(type: DescMessage, message: Message, options: JsonOptions): JsonValue {
  return toJson(type, message, { ...options, registry: knownTypes });
}

/** An item of a list as JSON. */
export function toItemJson(items: DescField, item: unknown, options: JsonOptions): JsonValue {
  if (items.message !== undefined) return toMessageJson(items.message, item as Message, options);
  if (items.enum !== undefined) return items.enum.value[Number(item)]?.name ?? Number(item);
  if (item instanceof Uint8Array) return Buffer.from(item).toString("base64");
  return typeof item === "bigint" ? String(item) : (item as JsonValue);
}

/** Items as rows, with a column for each field that at least one of them has, in field order. */
export function toTable(items: readonly JsonValue[], columns: readonly string[] | undefined): Table {
  const flat = items.map((item) => new Map(flatten(item, [])));
  const names = columns ?? sortKeys(flat);
  return { columns: names, rows: flat.map((item) => names.map((name) => item.get(name) ?? "")) };
}

/** Nested fields come after those of the item itself; the owner and the dates of an object come last. */
function sortKeys(items: readonly ReadonlyMap<string, string>[]): string[] {
  const keys = [...new Set(items.flatMap((item) => [...item.keys()]))];
  const rank = (key: string): number => (key.startsWith("details.") ? 100 : key.split(".").length);
  return keys.toSorted((a, b) => rank(a) - rank(b));
}

function* flatten(json: JsonValue, path: readonly string[]): Generator<[string, string]> {
  if (typeof json !== "object" || json === null) yield [path.join(".") || "value", String(json)];
  else if (Array.isArray(json))
    yield [
      path.join("."),
      json.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item))).join(", "),
    ];
  else for (const [key, value] of Object.entries(json)) yield* flatten(value, [...path, key]);
}
