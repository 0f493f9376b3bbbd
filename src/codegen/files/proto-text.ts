import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescFile,
  type DescMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import {
  Edition,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  FileOptionsSchema,
  FieldDescriptorProto_Label as Label,
  MessageOptionsSchema,
  OneofOptionsSchema,
  SymbolVisibility,
} from "@bufbuild/protobuf/wkt";

/**
 * Prints a file as .proto text, so that a compiler can import it. The text has everything that importers can see:
 * types, fields and extensions with their built-in options. Services and custom options are left out.
 */
export function printProto(file: DescFile): string {
  const { proto } = file;
  const lines = [printSyntax(file)];
  if (proto.package !== "") lines.push(`package ${proto.package};`);
  for (const [i, name] of proto.dependency.entries()) {
    lines.push(`import ${proto.publicDependency.includes(i) ? "public " : ""}"${name}";`);
  }
  lines.push(...printOptions(listOptions(FileOptionsSchema, proto.options)));
  const groups = findGroups(file.extensions);
  lines.push(...file.messages.filter((message) => !groups.has(message)).flatMap(printMessage));
  lines.push(...file.enums.flatMap(printEnum), ...file.extensions.flatMap(printExtension));
  return `${lines.join("\n")}\n`;
}

function printSyntax({ proto }: DescFile): string {
  if (proto.syntax !== "editions") return `syntax = "${proto.syntax === "proto3" ? "proto3" : "proto2"}";`;
  return `edition = "${Edition[proto.edition]?.replace("EDITION_", "")}";`;
}

function printMessage(message: DescMessage): string[] {
  const { proto } = message;
  return [`${printVisibility(proto.visibility)}message ${proto.name} {`, ...printBody(message), "}"];
}

function printBody(message: DescMessage): string[] {
  const { proto } = message;
  const groups = findGroups([...message.fields, ...message.nestedExtensions]);
  const all = listOptions(MessageOptionsSchema, proto.options).filter(
    (text) => !text.startsWith("map_entry"),
  );
  return [
    ...printOptions(all),
    ...message.members.flatMap((member) =>
      member.kind === "oneof"
        ? [
            `oneof ${member.name} {`,
            ...printOptions(listOptions(OneofOptionsSchema, member.proto.options)),
            ...member.fields.flatMap((field) => printField(field, "")),
            "}",
          ]
        : printField(member, printLabel(member)),
    ),
    ...proto.extensionRange.map(
      (range) =>
        `extensions ${range.start} to ${range.end - 1}${putInBrackets(listOptions(ExtensionRangeOptionsSchema, range.options))};`,
    ),
    ...message.nestedMessages.filter((nested) => !groups.has(nested)).flatMap(printMessage),
    ...message.nestedEnums.flatMap(printEnum),
    ...message.nestedExtensions.flatMap(printExtension),
  ];
}

function printEnum({ proto }: DescEnum): string[] {
  return [
    `${printVisibility(proto.visibility)}enum ${proto.name} {`,
    ...printOptions(listOptions(EnumOptionsSchema, proto.options)),
    ...proto.value.map(
      (value) =>
        `${value.name} = ${value.number}${putInBrackets(listOptions(EnumValueOptionsSchema, value.options))};`,
    ),
    "}",
  ];
}

function printExtension(extension: DescExtension): string[] {
  return [`extend .${extension.extendee.typeName} {`, ...printField(extension, printLabel(extension)), "}"];
}

/** Finds the messages of groups, which, in proto2, are a field and a message in one. */
function findGroups(fields: readonly (DescField | DescExtension)[]): Set<DescMessage> {
  return new Set(fields.flatMap((field) => (isGroup(field) && field.message ? [field.message] : [])));
}

function isGroup({ proto }: DescField | DescExtension): boolean {
  return proto.type === FieldDescriptorProto_Type.GROUP;
}

function printField(field: DescField | DescExtension, prefix: string): string[] {
  const { proto } = field;
  const all = putInBrackets([
    ...printDefault(field),
    ...(field.kind === "field" && proto.jsonName !== "" && !isGroup(field)
      ? [`json_name = ${quote(proto.jsonName)}`]
      : []),
    ...listOptions(FieldOptionsSchema, proto.options),
  ]);
  if (isGroup(field) && field.message !== undefined) {
    const { message } = field;
    return [`${prefix}group ${message.proto.name} = ${field.number}${all} {`, ...printBody(message), "}"];
  }
  return [`${prefix}${printType(field)} ${proto.name} = ${field.number}${all};`];
}

/** Prints a default. In descriptors, the defaults of strings are raw, those of bytes escaped, and all others words. */
function printDefault({ proto }: DescField | DescExtension): string[] {
  const { type, defaultValue } = proto;
  if (type === FieldDescriptorProto_Type.STRING) {
    return defaultValue === "" ? [] : [`default = ${quote(defaultValue)}`];
  }
  if (defaultValue === "") return [];
  return [`default = ${type === FieldDescriptorProto_Type.BYTES ? `"${defaultValue}"` : defaultValue}`];
}

function printLabel(field: DescField | DescExtension): string {
  if (field.fieldKind === "map") return "";
  if (field.proto.label === Label.REPEATED) return "repeated ";
  const { syntax } = (field.kind === "field" ? field.parent.file : field.file).proto;
  if (syntax === "editions") return "";
  if (field.proto.label === Label.REQUIRED) return "required ";
  return syntax === "proto3" && !field.proto.proto3Optional ? "" : "optional ";
}

function printType(field: DescField | DescExtension): string {
  if (field.fieldKind === "map") {
    const value = field.message ?? field.enum;
    return `map<${printScalar(field.mapKey)}, ${value === undefined ? printScalar(field.scalar) : `.${value.typeName}`}>`;
  }
  const type = field.message ?? field.enum;
  return type === undefined ? printScalar(field.scalar) : `.${type.typeName}`;
}

/** `ScalarType` has the numbers of descriptor.proto's types, and the names used in .proto files. */
function printScalar(type: ScalarType | undefined): string {
  return (ScalarType[type ?? ScalarType.STRING] ?? "string").toLowerCase();
}

function printVisibility(value: SymbolVisibility): string {
  if (value === SymbolVisibility.VISIBILITY_UNSET) return "";
  return value === SymbolVisibility.VISIBILITY_LOCAL ? "local " : "export ";
}

function printOptions(all: readonly string[]): string[] {
  return all.map((text) => `option ${text};`);
}

function putInBrackets(all: readonly string[]): string {
  return all.length === 0 ? "" : ` [${all.join(", ")}]`;
}

/** The options that descriptor.proto defines, each as `name = value`. */
function listOptions(schema: DescMessage, message: Message | undefined, prefix = ""): string[] {
  if (message === undefined) return [];
  const reflected = reflect(schema, message);
  return schema.fields.flatMap((field) => {
    if (!reflected.isSet(field) || field.name === "uninterpreted_option") return [];
    const name = prefix + field.name;
    if (field.fieldKind === "message") {
      return listOptions(field.message, reflected.get(field).message, `${name}.`);
    }
    return printValues(reflected, field).map((value) => `${name} = ${value}`);
  });
}

function printValues(message: ReflectMessage, field: DescField): string[] {
  if (field.fieldKind !== "list") return [printValue(field, message.get(field))];
  return [...message.get(field)].map((value) => printValue(field, value));
}

function printValue(field: DescField, value: unknown): string {
  if (field.enum !== undefined) return field.enum.value[Number(value)]?.name ?? String(value);
  if (field.message !== undefined) return printAggregate(value as ReflectMessage);
  return typeof value === "string" ? quote(value) : String(value);
}

function printAggregate(message: ReflectMessage): string {
  const fields = message.desc.fields.filter((field) => message.isSet(field));
  const texts = fields.flatMap((field) =>
    printValues(message, field).map((value) => `${field.name}: ${value}`),
  );
  return `{ ${texts.join(", ")} }`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
