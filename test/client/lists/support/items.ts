import {
  create,
  type DescField,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { methodTraits } from "../../../../src/descriptor/method-traits.ts";

/** Distinct items for a list RPC; the first has the number 1. */
export function makeItems(method: DescMethodUnary, count: number): unknown[] {
  const items = methodTraits(method).list?.items;
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    if (items?.message !== undefined) return makeMessage(items.message, number);
    return items?.scalar === ScalarType.STRING ? `item-${number}` : number;
  });
}

/** A message with the number in its fields, and in those of its submessages. */
function makeMessage(schema: DescMessage, number: number, depth = 0): Message {
  const message = create(schema);
  const fields = reflect(schema, message);
  for (const field of schema.fields) {
    if (field.oneof !== undefined && field.oneof.fields[0] !== field) continue;
    if (field.fieldKind === "enum") fields.set(field, number);
    if (field.fieldKind === "scalar") setScalar(fields, field, number);
    if (field.fieldKind === "message") {
      const inner = makeInner(field.message, number, depth + 1);
      if (inner !== undefined) fields.set(field, reflect(field.message, inner));
    }
  }
  return message;
}

function setScalar(fields: ReflectMessage, field: DescField & { fieldKind: "scalar" }, number: number): void {
  if (field.scalar === ScalarType.STRING) fields.set(field, `${field.name}-${number}`);
  if (field.scalar === ScalarType.UINT64) fields.set(field, BigInt(number));
}

/** Of the well-known types, only Timestamp is filled. */
function makeInner(schema: DescMessage, number: number, depth: number): Message | undefined {
  if (schema.typeName === TimestampSchema.typeName) return create(TimestampSchema, { nanos: number * 1_000 });
  return depth > 2 || schema.typeName.startsWith("google.") ? undefined : makeMessage(schema, number, depth);
}
