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
 * A file as .proto text, from which a compiler can import it: everything that importers can see, which is types, fields
 * and extensions with their built-in options. Services and custom options are left out.
 */
export function protoText(file: DescFile): string {
  const { proto } = file;
  const lines = [syntaxText(file)];
  if (proto.package !== "") lines.push(`package ${proto.package};`);
  for (const [i, name] of proto.dependency.entries()) {
    lines.push(`import ${proto.publicDependency.includes(i) ? "public " : ""}"${name}";`);
  }
  lines.push(...optionLines(options(FileOptionsSchema, proto.options)));
  const groups = findGroups(file.extensions);
  lines.push(...file.messages.filter((message) => !groups.has(message)).flatMap(messageText));
  lines.push(...file.enums.flatMap(enumText), ...file.extensions.flatMap(extensionText));
  return `${lines.join("\n")}\n`;
}

function syntaxText({ proto }: DescFile): string {
  if (proto.syntax !== "editions") return `syntax = "${proto.syntax === "proto3" ? "proto3" : "proto2"}";`;
  return `edition = "${Edition[proto.edition]?.replace("EDITION_", "")}";`;
}

function messageText(message: DescMessage): string[] {
  const { proto } = message;
  return [`${visibility(proto.visibility)}message ${proto.name} {`, ...bodyText(message), "}"];
}

function bodyText(message: DescMessage): string[] {
  const { proto } = message;
  const groups = findGroups([...message.fields, ...message.nestedExtensions]);
  const all = options(MessageOptionsSchema, proto.options).filter((text) => !text.startsWith("map_entry"));
  return [
    ...optionLines(all),
    ...message.members.flatMap((member) =>
      member.kind === "oneof"
        ? [
            `oneof ${member.name} {`,
            ...optionLines(options(OneofOptionsSchema, member.proto.options)),
            ...member.fields.flatMap((field) => fieldText(field, "")),
            "}",
          ]
        : fieldText(member, label(member)),
    ),
    ...proto.extensionRange.map(
      (range) =>
        `extensions ${range.start} to ${range.end - 1}${inBrackets(options(ExtensionRangeOptionsSchema, range.options))};`,
    ),
    ...message.nestedMessages.filter((nested) => !groups.has(nested)).flatMap(messageText),
    ...message.nestedEnums.flatMap(enumText),
    ...message.nestedExtensions.flatMap(extensionText),
  ];
}

function enumText({ proto }: DescEnum): string[] {
  return [
    `${visibility(proto.visibility)}enum ${proto.name} {`,
    ...optionLines(options(EnumOptionsSchema, proto.options)),
    ...proto.value.map(
      (value) =>
        `${value.name} = ${value.number}${inBrackets(options(EnumValueOptionsSchema, value.options))};`,
    ),
    "}",
  ];
}

function extensionText(extension: DescExtension): string[] {
  return [`extend .${extension.extendee.typeName} {`, ...fieldText(extension, label(extension)), "}"];
}

/** Groups, in proto2, are a field and a message in one. */
function findGroups(fields: readonly (DescField | DescExtension)[]): Set<DescMessage> {
  return new Set(fields.flatMap((field) => (isGroup(field) && field.message ? [field.message] : [])));
}

function isGroup({ proto }: DescField | DescExtension): boolean {
  return proto.type === FieldDescriptorProto_Type.GROUP;
}

function fieldText(field: DescField | DescExtension, prefix: string): string[] {
  const { proto } = field;
  const all = inBrackets([
    ...defaultText(field),
    ...(field.kind === "field" && proto.jsonName !== "" && !isGroup(field)
      ? [`json_name = ${quoted(proto.jsonName)}`]
      : []),
    ...options(FieldOptionsSchema, proto.options),
  ]);
  if (isGroup(field) && field.message !== undefined) {
    const { message } = field;
    return [`${prefix}group ${message.proto.name} = ${field.number}${all} {`, ...bodyText(message), "}"];
  }
  return [`${prefix}${typeText(field)} ${proto.name} = ${field.number}${all};`];
}

/** In descriptors, defaults of strings are raw, those of bytes are escaped, and all others are words. */
function defaultText({ proto }: DescField | DescExtension): string[] {
  const { type, defaultValue } = proto;
  if (type === FieldDescriptorProto_Type.STRING) {
    return defaultValue === "" ? [] : [`default = ${quoted(defaultValue)}`];
  }
  if (defaultValue === "") return [];
  return [`default = ${type === FieldDescriptorProto_Type.BYTES ? `"${defaultValue}"` : defaultValue}`];
}

function label(field: DescField | DescExtension): string {
  if (field.fieldKind === "map") return "";
  if (field.proto.label === Label.REPEATED) return "repeated ";
  const { syntax } = (field.kind === "field" ? field.parent.file : field.file).proto;
  if (syntax === "editions") return "";
  if (field.proto.label === Label.REQUIRED) return "required ";
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

/** `ScalarType` has the numbers of descriptor.proto's types, and the names used in .proto files. */
function scalarText(type: ScalarType | undefined): string {
  return (ScalarType[type ?? ScalarType.STRING] ?? "string").toLowerCase();
}

function visibility(value: SymbolVisibility): string {
  if (value === SymbolVisibility.VISIBILITY_UNSET) return "";
  return value === SymbolVisibility.VISIBILITY_LOCAL ? "local " : "export ";
}

function optionLines(all: readonly string[]): string[] {
  return all.map((text) => `option ${text};`);
}

function inBrackets(all: readonly string[]): string {
  return all.length === 0 ? "" : ` [${all.join(", ")}]`;
}

/** The options that descriptor.proto defines, each as `name = value`. */
function options(schema: DescMessage, message: Message | undefined, prefix = ""): string[] {
  if (message === undefined) return [];
  const reflected = reflect(schema, message);
  return schema.fields.flatMap((field) => {
    if (!reflected.isSet(field) || field.name === "uninterpreted_option") return [];
    const name = prefix + field.name;
    if (field.fieldKind === "message") {
      return options(field.message, reflected.get(field).message, `${name}.`);
    }
    return valuesText(reflected, field).map((value) => `${name} = ${value}`);
  });
}

function valuesText(message: ReflectMessage, field: DescField): string[] {
  if (field.fieldKind !== "list") return [valueText(field, message.get(field))];
  return [...message.get(field)].map((value) => valueText(field, value));
}

function valueText(field: DescField, value: unknown): string {
  if (field.enum !== undefined) return field.enum.value[Number(value)]?.name ?? String(value);
  if (field.message !== undefined) return aggregateText(value as ReflectMessage);
  return typeof value === "string" ? quoted(value) : String(value);
}

function aggregateText(message: ReflectMessage): string {
  const fields = message.desc.fields.filter((field) => message.isSet(field));
  const texts = fields.flatMap((field) =>
    valuesText(message, field).map((value) => `${field.name}: ${value}`),
  );
  return `{ ${texts.join(", ")} }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
