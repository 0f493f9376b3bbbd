import { hash } from "node:crypto";
import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import type { Event } from "../../../gen/zitadel/event_pb.js";
import { fieldValue } from "../../descriptor/field-value.ts";

/** Tells items of a list apart: two that stand for one object have the same identity, also when it was changed. */
export type Identify = (item: unknown) => string;

/**
 * How to identify the items of a field: by their ids, else by the ids of what they refer to. Items without any are
 * identified by all that they hold.
 */
export function identifyBy(items: DescField): Identify {
  const { message } = items;
  if (message === undefined) return String;
  const own = keysOf(message);
  const paths = own.length > 0 ? own.map((key) => [key]) : nestedKeysOf(message);
  return (item) => {
    const keys = paths.map((path) => keyAt(item, path));
    return keys.some((key) => key !== "") ? keys.join("\n") : contentOf(message, item as Message);
  };
}

/** Events have no ids of their own, only those of the objects that they happened to. */
export function identifyEvent(item: unknown): string {
  const { aggregate, sequence } = item as Event;
  return `${aggregate?.type?.type} ${aggregate?.id} ${sequence}`;
}

/** All ids, not just the first: a project is listed as one's own, and once more for each grant. */
function keysOf(message: DescMessage): DescField[] {
  return message.fields
    .filter((field) => field.fieldKind === "scalar" && field.scalar === ScalarType.STRING)
    .filter((field) => /^(id|.+_id|key|domain|domain_name)$/.test(field.name));
}

function nestedKeysOf(message: DescMessage): DescField[][] {
  return message.fields.flatMap((field) =>
    field.fieldKind === "message" ? keysOf(field.message).map((key) => [field, key]) : [],
  );
}

function keyAt(item: unknown, path: readonly DescField[]): string {
  let value = item;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return String(value ?? "");
}

function contentOf(schema: DescMessage, item: Message): string {
  return hash("sha256", toBinary(schema, item), "base64url");
}
