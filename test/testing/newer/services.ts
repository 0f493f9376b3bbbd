import { readdirSync, readFileSync } from "node:fs";
import {
  create,
  createFileRegistry,
  type DescFile,
  type DescService,
  fromJson,
  type JsonValue,
  setExtension,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  MethodOptionsSchema,
  OneofDescriptorProtoSchema,
  OneofOptionsSchema,
  ServiceDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, required, rules } from "../../../gen/validate/validate_pb.js";
import { OptionsSchema, options } from "../../../gen/zitadel/protoc_gen_zitadel/v2/options_pb.js";
import { indexServices } from "../../../src/testing/reflection/descriptor-index.ts";
import { createServiceRegistry } from "../../../src/testing/rpc/service-registry.ts";
import { type Description, type Field, type Member, parseDescription } from "./parse.ts";

// Services of Zitadel versions that are newer than the pin, as far as requests and responses in JSON depend on them.
// The .txt files beside this one tell the names: of RPCs by the permission that they declare, of messages with their
// fields (a text, if nothing else is said), `[]` for lists, `?` for optional ones, `name(a | b)` for a oneof. Rules are
// `1..200` for the length of a text, `!` for enums (a known value) and oneofs (required), else `@` with `FieldRules`.

let compiled: Promise<DescService[]> | undefined;

/** All of them, compiled once. */
export function newerServices(): Promise<DescService[]> {
  compiled ??= compileAll();
  return compiled;
}

async function compileAll(): Promise<DescService[]> {
  const { bySymbol } = indexServices(await createServiceRegistry().all());
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".txt"));
  return files.map((name) => {
    const text = readFileSync(new URL(name, import.meta.url), "utf8");
    return compile(parseDescription(text), bySymbol);
  });
}

/** Finds the file of a type of the pin. */
type FindFile = (typeName: string) => DescFile | undefined;

function compile(description: Description, pinned: FindFile): DescService {
  const { package: name, service, rpcs, messages, enums } = description;
  const imports = new Map<string, DescFile>();
  const reference = (type: string): Reference => {
    const own = messages.has(type) ? Type.MESSAGE : enums.has(type) ? Type.ENUM : undefined;
    if (own !== undefined) return { type: own, typeName: `.${name}.${type}` };
    const file = pinned(type);
    if (file === undefined) throw new Error(`${name}: there is no ${type}`);
    imports.set(file.proto.name, file);
    const isEnum = file.enums.some(({ typeName }) => typeName === type);
    return { type: isEnum ? Type.ENUM : Type.MESSAGE, typeName: `.${type}` };
  };
  const file = create(FileDescriptorProtoSchema, { name: `${name}.proto`, package: name, syntax: "proto3" });
  const all = new Map(
    [...messages].map(([type, members]) => [type, compileMessage(type, members, reference)]),
  );
  for (const [type, message] of all) (all.get(parentOf(type))?.nestedType ?? file.messageType).push(message);
  for (const [type, values] of enums) {
    const value = values.map((one, number) => ({ name: one, number }));
    const compiledEnum = create(EnumDescriptorProtoSchema, { name: lastOf(type), value });
    (all.get(parentOf(type))?.enumType ?? file.enumType).push(compiledEnum);
  }
  const method = rpcs.map((rpc) => ({
    name: rpc.name,
    inputType: `.${name}.${rpc.name}Request`,
    outputType: `.${name}.${rpc.name}Response`,
    options: declaring(rpc.permission),
  }));
  file.dependency.push(...imports.keys());
  file.service.push(create(ServiceDescriptorProtoSchema, { name: service, method }));
  const found = createFileRegistry(file, (path) => imports.get(path)).getService(`${name}.${service}`);
  if (found === undefined) throw new Error(`${name} has no service`);
  return found;
}

type Reference = Pick<FieldDescriptorProto, "type" | "typeName">;

function compileMessage(
  type: string,
  members: readonly Member[],
  reference: (type: string) => Reference,
): DescriptorProto {
  const message = create(DescriptorProtoSchema, { name: lastOf(type) });
  const { field, oneofDecl } = message;
  for (const { name, fields, isOneof, required } of members) {
    const oneof = isOneof ? oneofDecl.push(compileOneof(name, required)) - 1 : undefined;
    for (const one of fields) {
      const at = { number: field.length + 1, ...(oneof === undefined ? {} : { oneofIndex: oneof }) };
      field.push(Object.assign(compileField(one, reference), at));
    }
  }
  // As protoc does it: each optional field has a oneof of its own, behind the others.
  const optional = members.filter(({ fields }) => fields[0]?.mark === "?").map(({ name }) => name);
  for (const one of field.filter(({ name }) => optional.includes(name))) {
    const oneofIndex = oneofDecl.push(compileOneof(`_${one.name}`, false)) - 1;
    Object.assign(one, { proto3Optional: true, oneofIndex });
  }
  return message;
}

function compileField({ name, mark, type, rules: json }: Field, reference: (type: string) => Reference) {
  const field = create(FieldDescriptorProtoSchema, {
    name,
    jsonName: name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    label: mark === "[]" ? Label.REPEATED : Label.OPTIONAL,
    ...(SCALARS[type] === undefined ? reference(WELL_KNOWN[type] ?? type) : { type: SCALARS[type] }),
  });
  if (json === undefined) return field;
  field.options = create(FieldOptionsSchema);
  setExtension(field.options, rules, fromJson(FieldRulesSchema, json as JsonValue));
  return field;
}

function compileOneof(name: string, isRequired: boolean) {
  const oneof = create(OneofDescriptorProtoSchema, { name, options: create(OneofOptionsSchema) });
  if (isRequired && oneof.options !== undefined) setExtension(oneof.options, required, true);
  return oneof;
}

function declaring(permission: string) {
  const declared = create(MethodOptionsSchema);
  setExtension(declared, options, create(OptionsSchema, { authOption: { permission } }));
  return declared;
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  time: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

const SCALARS: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bytes: Type.BYTES,
  bool: Type.BOOL,
  int64: Type.INT64,
  uint64: Type.UINT64,
  uint32: Type.UINT32,
};

/** Of what is not nested it is no message. */
function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
