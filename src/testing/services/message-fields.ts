import { type DescField, type DescMessage, type MessageInitShape, ScalarType } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";

// Converts between messages and the state, which has 64-bit integers as numbers, and durations as milliseconds.

/**
 * The `values` for which a message has fields; `names` maps those with other names. Messages of different generations
 * have different fields.
 */
export function toFields<Desc extends DescMessage>(
  schema: Desc,
  values: object,
  names: Readonly<Record<string, string>> = {},
): MessageInitShape<Desc> {
  const entries = Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const field = schema.field[names[key] ?? key];
    return field === undefined ? [] : [[field.localName, toField(field, value)]];
  });
  // Each is a field of the message, with a value of its kind.
  return Object.fromEntries(entries) as unknown as MessageInitShape<Desc>;
}

const LONG: readonly ScalarType[] = [ScalarType.INT64, ScalarType.UINT64];

function toField(field: DescField, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (field.fieldKind === "scalar" && LONG.includes(field.scalar)) return BigInt(value);
  return field.message?.typeName === DurationSchema.typeName ? durationFromMs(value) : value;
}

/** The request's values for each of `defaults`, which are protobuf defaults: empty if it has none. */
export function fromFields<Values extends object>(request: object, defaults: Values): Values {
  const given = request as Readonly<Record<string, unknown>>;
  const entries = Object.entries(defaults).map(([key, value]) => [key, fromField(given[key], value)]);
  return Object.fromEntries(entries) as Values;
}

function fromField(value: unknown, ofSameType: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === undefined) {
    if (Array.isArray(ofSameType)) return [];
    return typeof ofSameType === "number" ? 0 : typeof ofSameType === "boolean" ? false : "";
  }
  const isDuration = typeof ofSameType === "number" && typeof value === "object";
  return isDuration ? durationMs(value as Duration) : value;
}
