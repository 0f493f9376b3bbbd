import type { DescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";

/** The messages and enums of files by full name, as in references, with the file that defines each. */
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
