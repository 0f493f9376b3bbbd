import type { DescField, FileRegistry } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { isSecretField } from "../src/logging/secret-fields.ts";

/**
 * What body logging hides and shows, as a table with a line for each name of a field that can hold text, bytes or a
 * free-form object, to review the rule against all fields of an API. A name with both verdicts has two lines, with the
 * messages in which it is hidden.
 */
export function secretRecord(registry: FileRegistry): string {
  const groups = new Map<string, DescField[]>();
  for (const desc of registry) {
    if (desc.kind !== "message" || !desc.typeName.startsWith("zitadel.")) continue;
    for (const field of desc.fields.filter(canHoldSecret)) {
      const key = `${isSecretField(field) ? "hidden" : "shown"}\t${field.name}`;
      groups.set(key, [...(groups.get(key) ?? []), field]);
    }
  }
  const rows = [...groups].map(([key, fields]) => {
    const [verdict, name] = key.split("\t");
    const mixed = verdict === "hidden" && groups.has(`shown\t${name}`);
    const where = mixed ? fields.map(({ parent }) => parent.typeName).sort() : [];
    return [key, String(fields.length), where.join(" ")].join("\t").trimEnd();
  });
  return `${["verdict\tfield\tfields\tmessages", ...rows.sort()].join("\n")}\n`;
}

/**
 * Booleans, enums and times cannot, and numbers only if their name says so. Of other messages, their own fields count.
 */
function canHoldSecret(field: DescField): boolean {
  if (isSecretField(field)) return true;
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return true;
  return /^google\.protobuf\.(Struct|Value|ListValue|Any)$/.test(field.message?.typeName ?? "");
}
