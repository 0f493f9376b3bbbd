import type { DescMessage } from "@bufbuild/protobuf";

/** The name of a type in the server's code, as in its messages. */
export function goTypeName(schema: DescMessage): string {
  return schema.typeName.slice(schema.file.proto.package.length + 1).replaceAll(".", "_");
}

/** The name of a field (`user_id`) in the server's code (`UserId`); letters after digits are capitals too (`u2f_id`, `U2FId`). */
export function goFieldName(name: string): string {
  return name.replaceAll(/(?:^|_|(?<=\d))([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
