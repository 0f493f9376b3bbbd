import type { DescEnum, DescExtension, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Label as Label } from "@bufbuild/protobuf/wkt";

/**
 * A file as the text of a .proto file, for a compiler that other files shall import it from: types, fields and
 * extensions, without options and services.
 */
export function protoText(file: DescFile): string {
  const { proto } = file;
  const lines = [`syntax = "${proto.syntax === "proto3" ? "proto3" : "proto2"}";`];
  if (proto.package !== "") lines.push(`package ${proto.package};`);
  for (const [i, name] of proto.dependency.entries()) {
    lines.push(`import ${proto.publicDependency.includes(i) ? "public " : ""}"${name}";`);
  }
  lines.push(...file.messages.flatMap(messageText), ...file.enums.flatMap(enumText));
  lines.push(...file.extensions.flatMap(extensionText));
  return `${lines.join("\n")}\n`;
}

function messageText(message: DescMessage): string[] {
  const { proto } = message;
  return [
    `message ${proto.name} {`,
    ...message.members.flatMap((member) =>
      member.kind === "oneof"
        ? [`oneof ${member.name} {`, ...member.fields.map((field) => fieldText(field, "")), "}"]
        : [fieldText(member, label(member))],
    ),
    ...proto.extensionRange.map(({ start, end }) => `extensions ${start} to ${end - 1};`),
    ...message.nestedMessages.flatMap(messageText),
    ...message.nestedEnums.flatMap(enumText),
    ...message.nestedExtensions.flatMap(extensionText),
    "}",
  ];
}

function enumText({ proto }: DescEnum): string[] {
  const aliases = new Set(proto.value.map(({ number }) => number)).size < proto.value.length;
  return [
    `enum ${proto.name} {`,
    ...(aliases ? ["option allow_alias = true;"] : []),
    ...proto.value.map(({ name, number }) => `${name} = ${number};`),
    "}",
  ];
}

function extensionText(extension: DescExtension): string[] {
  return [`extend .${extension.extendee.typeName} {`, fieldText(extension, label(extension)), "}"];
}

function fieldText(field: DescField | DescExtension, prefix: string): string {
  return `${prefix}${typeText(field)} ${field.proto.name} = ${field.number};`;
}

function label(field: DescField | DescExtension): string {
  if (field.fieldKind === "map") return "";
  if (field.proto.label === Label.REPEATED) return "repeated ";
  if (field.proto.label === Label.REQUIRED) return "required ";
  const { syntax } = (field.kind === "field" ? field.parent.file : field.file).proto;
  return syntax === "proto3" && !field.proto.proto3Optional ? "" : "optional ";
}

function typeText(field: DescField | DescExtension): string {
  if (field.fieldKind === "map") {
    const value = field.message ?? field.enum;
    return `map<${scalarText(field.mapKey)}, ${value === undefined ? scalarText(field.scalar) : `.${value.typeName}`}>`;
  }
  const type = field.message ?? field.enum;
  return type === undefined ? scalarText(field.scalar) : `.${type.typeName}`;
}

/** `ScalarType` has the numbers of descriptor.proto's types, and the names of the language. */
function scalarText(type: ScalarType | undefined): string {
  return (ScalarType[type ?? ScalarType.STRING] ?? "string").toLowerCase();
}
