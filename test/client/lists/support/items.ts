import { create, type DescMessage, type DescMethodUnary, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { methodTraits } from "../../../../src/descriptor/method-traits.ts";

/** Items that differ, for a list RPC; the first has the number 1. */
export function makeItems(method: DescMethodUnary, count: number): unknown[] {
  const items = methodTraits(method).list?.items;
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    if (items?.message !== undefined) return makeMessage(items.message, number);
    return items?.scalar === ScalarType.STRING ? `item-${number}` : number;
  });
}

/** A message whose fields tell its number, as do those of the messages in it. */
function makeMessage(schema: DescMessage, number: number, depth = 0): Message {
  const message = create(schema);
  const fields = reflect(schema, message);
  for (const field of schema.fields) {
    if (field.oneof !== undefined && field.oneof.fields[0] !== field) continue;
    if (field.fieldKind === "enum") fields.set(field, number);
    if (field.fieldKind === "message" && depth < 2 && !field.message.typeName.startsWith("google.")) {
      fields.set(field, reflect(field.message, makeMessage(field.message, number, depth + 1)));
    }
    if (field.fieldKind === "scalar" && field.scalar === ScalarType.STRING)
      fields.set(field, `${field.name}-${number}`);
    if (field.fieldKind === "scalar" && field.scalar === ScalarType.UINT64) fields.set(field, BigInt(number));
  }
  return message;
}
