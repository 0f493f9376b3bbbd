import { readdirSync, readFileSync } from "node:fs";
import {
  clone,
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
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  EnumValueDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  OneofDescriptorProtoSchema,
  OneofOptionsSchema,
  ServiceDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, required, rules } from "../../../gen/validate/validate_pb.js";
import { OptionsSchema, options } from "../../../gen/zitadel/protoc_gen_zitadel/v2/options_pb.js";
import { type DescriptorIndex, indexServices } from "../../../src/testing/reflection/descriptor-index.ts";
import { createServiceRegistry } from "../../../src/testing/rpc/service-registry.ts";
import { type Description, type Field, type Member, parseDescription } from "./parse.ts";

// Services of Zitadel versions newer than the pinned API, as far as requests and responses in JSON depend on them.
// The .txt files next to this one contain the names: of RPCs by the permission that they declare, of messages with their
// fields (a string, unless stated otherwise), `[]` for lists, `?` for optional ones, `name(a | b)` for a oneof. Rules are
// `1..200` for the length of a string, `!` for enums (a known value) and oneofs (required), else `@` with `FieldRules`.
// With `extends` instead of `package` the rest of the service is that of the pinned API.

let compiled: Promise<DescService[]> | undefined;

/** All of them, compiled once. */
export function newerServices(): Promise<DescService[]> {
  compiled ??= compileAll();
  return compiled;
}

async function compileAll(): Promise<DescService[]> {
  const pinned = indexServices(await createServiceRegistry().all());
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".txt"));
  return files.map((name) => {
    const description = parseDescription(readFileSync(new URL(name, import.meta.url), "utf8"));
    return description.extends ? extend(description, pinned) : compile(description, pinned.bySymbol);
  });
}

/** Finds the file of a type of the pinned API. */
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
  for (const [type, message] of all)
    (all.get(toParentName(type))?.nestedType ?? file.messageType).push(message);
  for (const [type, values] of enums) {
    const value = values.map((one, number) => ({ name: one, number }));
    const compiledEnum = create(EnumDescriptorProtoSchema, { name: toSimpleName(type), value });
    (all.get(toParentName(type))?.enumType ?? file.enumType).push(compiledEnum);
  }
  const method = rpcs.map((rpc) => compileRpc(name, rpc));
  file.dependency.push(...imports.keys());
  file.service.push(create(ServiceDescriptorProtoSchema, { name: service, method }));
  const found = createFileRegistry(file, (path) => imports.get(path)).getService(`${name}.${service}`);
  return found ?? fail(`${name} has no service`);
}

/** The pinned service with what the description adds. Existing fields may get other rules. */
function extend(description: Description, pinned: DescriptorIndex): DescService {
  const { package: name, service, rpcs, messages, enums } = description;
  const files = new Map<string, FileDescriptorProto>();
  const open = (symbol: string): FileDescriptorProto | undefined => {
    const file = pinned.bySymbol(symbol)?.proto;
    if (file === undefined) return undefined;
    const opened = files.get(file.name) ?? clone(FileDescriptorProtoSchema, file);
    files.set(file.name, opened);
    return opened;
  };
  const main = open(`${name}.${service}`);
  if (main === undefined) throw new Error(`The pin has no ${name}.${service}`);
  for (const [type, members] of messages) {
    const file = open(`${name}.${type}`) ?? open(`${name}.${toParentName(type)}`) ?? main;
    const message = compileMessage(type, members, (wanted) => {
      const own = messages.has(wanted) || pinned.bySymbol(`${name}.${wanted}`) !== undefined;
      const symbol = own ? `${name}.${wanted}` : wanted;
      const from =
        (pinned.bySymbol(symbol) ?? pinned.bySymbol(toParentName(symbol)))?.proto.name ?? main.name;
      if (from !== file.name && !file.dependency.includes(from)) file.dependency.push(from);
      const isEnum = pinned.bySymbol(symbol)?.enums.some(({ typeName }) => typeName === symbol) === true;
      return { type: isEnum ? Type.ENUM : Type.MESSAGE, typeName: `.${symbol}` };
    });
    const there = findMessage(file.messageType, type.split("."));
    const parent = findMessage(file.messageType, toParentName(type).split("."));
    if (there === undefined) (parent?.nestedType ?? file.messageType).push(message);
    else extendMessage(there, message);
  }
  for (const [type, values] of enums) {
    extendEnum(
      open(`${name}.${type}`)?.enumType.find((one) => one.name === type),
      values,
    );
  }
  const method = main.service.find((one) => one.name === service)?.method ?? [];
  for (const rpc of rpcs) {
    const there = method.find((one) => one.name === rpc.name);
    if (there === undefined) method.push(create(MethodDescriptorProtoSchema, compileRpc(name, rpc)));
    else there.options = declaring(rpc.permission);
  }
  const found = createFileRegistry(
    create(FileDescriptorSetSchema, { file: inOrder(main.name, files, pinned) }),
  );
  return found.getService(`${name}.${service}`) ?? fail(`${name} has no service`);
}

/** New values get the numbers after the existing ones. */
function extendEnum(there: EnumDescriptorProto | undefined, values: readonly string[]): void {
  for (const name of values) {
    there?.value.push(create(EnumValueDescriptorProtoSchema, { name, number: there.value.length }));
  }
}

/** A file, after all that it imports. */
function inOrder(
  path: string,
  files: ReadonlyMap<string, FileDescriptorProto>,
  pinned: DescriptorIndex,
  seen = new Set<string>(),
): FileDescriptorProto[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const file = files.get(path) ?? pinned.byName(path)?.proto ?? fail(`There is no ${path}`);
  return [...file.dependency.flatMap((one) => inOrder(one, files, pinned, seen)), file];
}

function findMessage(all: readonly DescriptorProto[], path: readonly string[]): DescriptorProto | undefined {
  const [first, ...more] = path;
  const message = all.find(({ name }) => name === first);
  return message === undefined || more.length === 0 ? message : findMessage(message.nestedType, more);
}

function extendMessage(message: DescriptorProto, { field, oneofDecl }: DescriptorProto): void {
  for (const one of field) {
    const there = message.field.find(({ name }) => name === one.name);
    if (there !== undefined) {
      there.options = one.options;
      continue;
    }
    one.number = Math.max(0, ...message.field.map(({ number }) => number)) + 1;
    const oneof = one.oneofIndex === undefined ? undefined : oneofDecl[one.oneofIndex];
    if (oneof !== undefined) {
      const index = message.oneofDecl.findIndex(({ name }) => name === oneof.name);
      one.oneofIndex = index >= 0 ? index : message.oneofDecl.push(oneof) - 1;
    }
    message.field.push(one);
  }
}

function compileRpc(name: string, rpc: Description["rpcs"][number]) {
  return {
    name: rpc.name,
    inputType: `.${name}.${rpc.name}Request`,
    outputType: `.${name}.${rpc.name}Response`,
    options: declaring(rpc.permission),
  };
}

function fail(message: string): never {
  throw new Error(message);
}

type Reference = Pick<FieldDescriptorProto, "type" | "typeName">;

function compileMessage(
  type: string,
  members: readonly Member[],
  reference: (type: string) => Reference,
): DescriptorProto {
  const message = create(DescriptorProtoSchema, { name: toSimpleName(type) });
  const { field, oneofDecl } = message;
  for (const { name, fields, isOneof, required } of members) {
    const oneof = isOneof ? oneofDecl.push(compileOneof(name, required)) - 1 : undefined;
    for (const one of fields) {
      const at = { number: field.length + 1, ...(oneof === undefined ? {} : { oneofIndex: oneof }) };
      field.push(Object.assign(compileField(one, reference), at));
    }
  }
  // Like protoc: each optional field has a oneof of its own, after the others.
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
  int32: Type.INT32,
  int64: Type.INT64,
  uint64: Type.UINT64,
  uint32: Type.UINT32,
};

/** Not the name of a message if the type is not nested. */
function toParentName(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

function toSimpleName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
