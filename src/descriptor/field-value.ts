import type { DescField } from "@bufbuild/protobuf";

/** The value of a field of a message, whatever its type; undefined where it is not set. */
export function fieldValue(message: unknown, field: DescField): unknown {
  const fields = message as Readonly<Record<string, unknown>>;
  if (field.oneof === undefined) return fields[field.localName];
  const chosen = fields[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}
