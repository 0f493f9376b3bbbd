import {
  clearField,
  clone,
  create,
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type Message,
} from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { methodTraits } from "../../descriptor/method-traits.ts";
import { sourceInfoAboutFile } from "../comments.ts";
import { inDependencyOrder } from "../files/dependency-order.ts";
import { wellKnownFile } from "../files/well-known.ts";
import { withoutSourceInfo } from "../image.ts";
import { neededFiles, topLevelTypes } from "../subset/closure.ts";
import {
  canonicalizeOptions,
  findOptionExtensions,
  OPENAPI_PACKAGE,
  type OptionExtensions,
} from "./descriptor-options.ts";

/**
 * The one form of an API, whoever describes it: a server, a compiler, generated code. What is not for callers in
 * TypeScript is gone (documentation, which is kept apart; OpenAPI annotations; options for other languages; imports that
 * no type needs), and the rest is in one order. All that compares or generates starts from it.
 *
 * The order of an option is known by its definition. Some servers do not send those: they are looked for in `known`.
 */
export function canonicalFiles(
  files: readonly DescFile[],
  known: readonly DescFile[] = [],
): readonly DescFile[] {
  const extensions = findOptionExtensions([...files, ...known]);
  const needed = new Set(files.filter((file) => !isOpenApi(file)).flatMap(importsOf));
  const kept = files.filter((file) => !isOpenApi(file) || needed.has(file.proto.name));
  const file = inDependencyOrder(kept.map((desc) => canonicalFile(desc, extensions)));
  return [...createFileRegistry(create(FileDescriptorSetSchema, { file })).files];
}

function isOpenApi({ proto }: DescFile): boolean {
  return proto.package === OPENAPI_PACKAGE;
}

/** By what its types need: what a source calls an import may be there for an option, or for nothing. */
function importsOf(file: DescFile): string[] {
  return neededFiles(topLevelTypes(file), file, new Set(file.services.flatMap(({ methods }) => methods)));
}

function canonicalFile(desc: DescFile, extensions: OptionExtensions): FileDescriptorProto {
  // Generated code has these from its runtime.
  if (wellKnownFile(desc.proto.name) !== undefined) return desc.proto;
  const { sourceCodeInfo } = desc.proto;
  const proto = clone(FileDescriptorProtoSchema, withoutSourceInfo(desc.proto));
  deprecateMethods(proto, desc);
  canonicalize(proto, FileDescriptorProtoSchema, extensions);
  // Compilers leave the default out.
  if (proto.syntax === "proto2") proto.syntax = "";
  proto.dependency = importsOf(desc);
  proto.publicDependency = [];
  proto.weakDependency = [];
  proto.optionDependency = [];
  const about = sourceInfoAboutFile(sourceCodeInfo);
  if (about !== undefined) proto.sourceCodeInfo = about;
  return proto;
}

/** Zitadel deprecates in OpenAPI annotations, which editors do not strike out; `deprecated` they do. */
function deprecateMethods(proto: FileDescriptorProto, { services }: DescFile): void {
  for (const [i, service] of services.entries()) {
    for (const [j, method] of service.methods.entries()) {
      const methodProto = proto.service[i]?.method[j];
      if (methodProto === undefined || !methodTraits(method).deprecated) continue;
      methodProto.options ??= create(MethodOptionsSchema);
      methodProto.options.deprecated = true;
    }
  }
}

/** A message of descriptor.proto, of which only its schema says what it has. */
type Described = Message & Record<string, Message | Message[] | undefined>;

/** Goes through a descriptor and all that is in it. */
function canonicalize(descriptor: Message, schema: DescMessage, extensions: OptionExtensions): void {
  // What is not in descriptor.proto is of whoever wrote the image.
  delete descriptor.$unknown;
  if (isField(descriptor)) nameInJson(descriptor);
  // Only fields of messages are read, and descriptor.proto has no maps and no oneofs.
  const described = descriptor as Described;
  for (const { localName, message } of schema.fields) {
    if (message === undefined) continue;
    for (const child of [described[localName] ?? []].flat()) {
      if (localName !== "options") canonicalize(child, message, extensions);
      else if (!canonicalizeOptions(child, message, extensions)) delete described[localName];
    }
  }
}

function isField(descriptor: Message): descriptor is FieldDescriptorProto {
  return descriptor.$typeName === FieldDescriptorProtoSchema.typeName;
}

/** Compilers always give the name that a field has in JSON, some servers never. Extensions have another one than is given. */
function nameInJson(field: FieldDescriptorProto): void {
  if (field.extendee !== "") clearField(field, FieldDescriptorProtoSchema.field.jsonName);
  else if (field.jsonName === "") field.jsonName = protoCamelCase(field.name);
}
