import { type DescField, type DescMessage, type MessageInitShape, ScalarType } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";

// Converts between messages and the state, where 64-bit integers are numbers, and durations are in milliseconds.

/** Picks the `values` for which a message has fields. `names`: the field names that differ. */
export function toFields<Desc extends DescMessage>(
  schema: Desc,
  values: object,
  names: Readonly<Record<string, string>> = {},
): MessageInitShape<Desc> {
  const entries = Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const field = schema.field[names[key] ?? key];
    return field === undefined ? [] : [[field.localName, toField(field, value)]];
  });
  // Only fields of the message are left, and their values have the right types.
  return Object.fromEntries(entries) as unknown as MessageInitShape<Desc>;
}

const LONG: readonly ScalarType[] = [ScalarType.INT64, ScalarType.UINT64];

function toField(field: DescField, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (field.fieldKind === "scalar" && LONG.includes(field.scalar)) return BigInt(value);
  return field.message?.typeName === DurationSchema.typeName ? durationFromMs(value) : value;
}

/** Reads the value of a request for each key of `defaults`. A missing one is empty, with the type of the default. */
export function parseFields<Values extends object>(request: object, defaults: Values): Values {
  const given = request as Readonly<Record<string, unknown>>;
  const entries = Object.entries(defaults).map(([key, value]) => [key, parseField(given[key], value)]);
  return Object.fromEntries(entries) as Values;
}

function parseField(value: unknown, example: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === undefined) {
    if (Array.isArray(example)) return [];
    return typeof example === "number" ? 0 : typeof example === "boolean" ? false : "";
  }
  const isDuration = typeof example === "number" && typeof value === "object";
  return isDuration ? durationMs(value as Duration) : value;
}
