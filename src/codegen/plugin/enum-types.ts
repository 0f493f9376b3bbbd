import type { DescEnum, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import type { GeneratedFile } from "@bufbuild/protoplugin";

/**
 * Prints which names the enum fields of messages accept. The TypeScript type of an enum lacks the names of its values.
 * Request types find them by the name of the message, which a message's type has.
 */
export function printEnumTypes(f: GeneratedFile, files: readonly DescFile[]): void {
  const messages = files.flatMap((file) => file.messages.flatMap(listWithNested));
  const used = new Set<DescEnum>();
  for (const { enum: type } of messages.flatMap(listEnumFields)) used.add(type);
  f.print(f.export("interface", "EnumNames"), " {");
  for (const { typeName, values } of used) {
    const names = values.map(({ name }) => JSON.stringify(name)).join(" | ");
    f.print("  ", f.string(typeName), ": ", names, ";");
  }
  f.print("}");
  f.print();
  f.print(f.jsDoc("The enum fields of each message that has any, with the names that they accept."));
  f.print(f.export("interface", "EnumFields"), " {");
  for (const message of messages) {
    const fields = listEnumFields(message).map(({ localName, enum: type }) => [
      localName,
      ": EnumNames[",
      f.string(type.typeName),
      "]; ",
    ]);
    if (fields.length > 0) f.print("  ", f.string(message.typeName), ": { ", fields, "};");
  }
  f.print("}");
}

function listWithNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(listWithNested)];
}

type EnumField = DescField & { readonly enum: DescEnum };

function listEnumFields({ fields }: DescMessage): EnumField[] {
  // The values of NullValue are JSON's null.
  return fields.filter(
    (field): field is EnumField =>
      field.enum !== undefined && field.enum.typeName !== "google.protobuf.NullValue",
  );
}
