import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { Handler } from "../handlers.ts";

/**
 * Handlers for RPCs of an API newer than the pinned one, by their names on a client. Since its generated types are not
 * available here, each handler declares the request fields that it reads.
 */
export type NewerHandlers = Readonly<Record<string, Handler<never, object>>>;

type Fields = Readonly<Record<string, unknown>>;

/** Omits the fields of a response that its descriptor does not have: the given API may be older than the handler. */
export function pickFields(type: DescMessage, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !isGeneral(type)) return value;
  const known = new Map(type.members.map((member) => [member.localName, member]));
  const entries = Object.entries(value as Fields).flatMap(([name, field]) => {
    const member = known.get(name);
    if (member === undefined || field === undefined) return [];
    return [
      [name, member.kind === "oneof" ? pickCase(member.fields, field as Fields) : pickValue(member, field)],
    ];
  });
  return Object.fromEntries(entries);
}

function pickCase(fields: readonly DescField[], oneof: Fields): unknown {
  const chosen = fields.find(({ localName }) => localName === oneof["case"]);
  return chosen && { case: chosen.localName, value: pickValue(chosen, oneof["value"]) };
}

function pickValue({ message, fieldKind }: DescField, value: unknown): unknown {
  if (message === undefined || fieldKind === "map") return value;
  return Array.isArray(value) ? value.map((item) => pickFields(message, item)) : pickFields(message, value);
}

/** Messages of google.protobuf are the same in every version, and some of them are not objects with fields. */
function isGeneral({ typeName }: DescMessage): boolean {
  return !typeName.startsWith("google.protobuf.");
}
