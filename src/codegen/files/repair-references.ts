import { clone } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { listWellKnownFiles } from "./well-known.ts";
import { withChanges } from "./with-changes.ts";

/**
 * Adds what the descriptors of some servers (those based on protobuf.js) omit: full type names, and imports. Complete
 * files are not changed.
 */
export function repairReferences(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const types = indexTypes([...listWellKnownFiles(), ...files]);
  const visible = createVisibility(files);
  return files.map((sent) => {
    const isRelative = listReferences(sent).some((name) => name !== "" && !name.startsWith("."));
    const file = isRelative ? qualifyTypes(sent, types) : sent;
    const needed = new Set(listReferences(file).flatMap((type) => types.get(type) ?? []));
    const missing = [...needed].filter((name) => name !== file.name && !visible(file).has(name)).sort();
    if (missing.length === 0) return file;
    return withChanges(FileDescriptorProtoSchema, file, { dependency: [...file.dependency, ...missing] });
  });
}

/** The files visible to a file: its imports, and what these import publicly. */
function createVisibility(
  files: readonly FileDescriptorProto[],
): (file: FileDescriptorProto) => ReadonlySet<string> {
  const byName = new Map(files.map((file) => [file.name, file]));
  return (file) => {
    const seen = new Set(file.dependency);
    // A set's iterator also visits items added during the iteration.
    for (const name of seen) {
      const imported = byName.get(name);
      for (const i of imported?.publicDependency ?? []) {
        const reexported = imported?.dependency[i];
        if (reexported !== undefined) seen.add(reexported);
      }
    }
    return seen;
  };
}

function listReferences({ messageType, extension, service }: FileDescriptorProto): string[] {
  return [
    ...messageType.flatMap(listReferencesInMessage),
    ...extension.flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...service.flatMap(({ method }) =>
      method.flatMap(({ inputType, outputType }) => [inputType, outputType]),
    ),
  ];
}

function listReferencesInMessage({ field, extension, nestedType }: DescriptorProto): string[] {
  return [
    ...[...field, ...extension].flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...nestedType.flatMap(listReferencesInMessage),
  ];
}

/** The messages and enums of files, by full name in the form of references, with the file that defines each. */
export function indexTypes(files: Iterable<FileDescriptorProto>): Map<string, string> {
  const types = new Map<string, string>();
  for (const file of files) {
    for (const type of listTypes(file)) types.set(type, file.name);
  }
  return types;
}

function listTypes({ package: name, messageType, enumType }: FileDescriptorProto): string[] {
  const prefix = name === "" ? "" : `.${name}`;
  return [
    ...enumType.map((type) => `${prefix}.${type.name}`),
    ...messageType.flatMap((type) => listTypesInMessage(type, prefix)),
  ];
}

function listTypesInMessage(message: DescriptorProto, prefix: string): string[] {
  const name = `${prefix}.${message.name}`;
  return [
    name,
    ...message.enumType.map((type) => `${name}.${type.name}`),
    ...message.nestedType.flatMap((type) => listTypesInMessage(type, name)),
  ];
}

/**
 * Turns relative names of types into full ones, which begin with a dot. Descriptors may have either; compilers and most
 * servers use full ones.
 */
export function qualifyTypes(
  file: FileDescriptorProto,
  types: ReadonlyMap<string, string>,
): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file);
  const scope = copy.package === "" ? "" : `.${copy.package}`;
  const qualify = (name: string, from: string) => qualifyName(name, from, types);
  for (const message of copy.messageType) qualifyMessage(message, scope, qualify);
  for (const field of copy.extension) qualifyField(field, scope, qualify);
  for (const method of copy.service.flatMap((service) => service.method)) {
    method.inputType = qualify(method.inputType, scope);
    method.outputType = qualify(method.outputType, scope);
  }
  return copy;
}

type Qualify = (name: string, scope: string) => string;

function qualifyMessage(message: DescriptorProto, scope: string, qualify: Qualify): void {
  const inner = `${scope}.${message.name}`;
  for (const field of [...message.field, ...message.extension]) qualifyField(field, inner, qualify);
  for (const nested of message.nestedType) qualifyMessage(nested, inner, qualify);
}

function qualifyField(field: FieldDescriptorProto, scope: string, qualify: Qualify): void {
  field.typeName = qualify(field.typeName, scope);
  field.extendee = qualify(field.extendee, scope);
}

/**
 * Resolves a name as in C++, in the innermost scope with such a type. Keeps unknown names, which a later step reports.
 */
function qualifyName(name: string, scope: string, types: ReadonlyMap<string, string>): string {
  if (name === "" || name.startsWith(".")) return name;
  for (let from = scope; ; from = from.slice(0, from.lastIndexOf("."))) {
    if (types.has(`${from}.${name}`)) return `${from}.${name}`;
    if (from === "") return name;
  }
}
