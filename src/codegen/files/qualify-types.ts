import { clone } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

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

/** As in C++: the innermost scope with such a type. Unknown names are kept; a later step reports them. */
function qualifyName(name: string, scope: string, types: ReadonlyMap<string, string>): string {
  if (name === "" || name.startsWith(".")) return name;
  for (let from = scope; ; from = from.slice(0, from.lastIndexOf("."))) {
    if (types.has(`${from}.${name}`)) return `${from}.${name}`;
    if (from === "") return name;
  }
}
