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
import { filterFileComments } from "../comments.ts";
import { sortByDependency } from "../files/dependency-order.ts";
import { findWellKnownFile } from "../files/well-known.ts";
import { omitSourceInfo } from "../image.ts";
import { findNeededFiles, listTopLevelTypes } from "../subset/closure.ts";
import {
  canonicalizeOptions,
  findOptionExtensions,
  OPENAPI_PACKAGE,
  type OptionExtensions,
} from "./descriptor-options.ts";

/**
 * The canonical form of an API, whether a server, a compiler or generated code describes it. It lacks what callers in
 * TypeScript do not need (documentation, which is kept separately; OpenAPI annotations; options for other languages;
 * imports that no type needs), and has the rest in a fixed order. APIs are compared, and code is generated, in this
 * form.
 *
 * Ordering an option requires its definition. Some servers do not send the definitions: then `known` is searched.
 */
export function toCanonicalFiles(
  files: readonly DescFile[],
  known: readonly DescFile[] = [],
): readonly DescFile[] {
  const extensions = findOptionExtensions([...files, ...known]);
  const needed = new Set(files.filter((file) => !isOpenApi(file)).flatMap(listImports));
  const kept = files.filter((file) => !isOpenApi(file) || needed.has(file.proto.name));
  const file = sortByDependency(kept.map((desc) => toCanonicalFile(desc, extensions)));
  return [...createFileRegistry(create(FileDescriptorSetSchema, { file })).files];
}

function isOpenApi({ proto }: DescFile): boolean {
  return proto.package === OPENAPI_PACKAGE;
}

/** Lists the imports that the types need: a source may have others, for options or for nothing. */
function listImports(file: DescFile): string[] {
  return findNeededFiles(
    listTopLevelTypes(file),
    file,
    new Set(file.services.flatMap(({ methods }) => methods)),
  );
}

function toCanonicalFile(desc: DescFile, extensions: OptionExtensions): FileDescriptorProto {
  // Generated code gets these from its runtime.
  if (findWellKnownFile(desc.proto.name) !== undefined) return desc.proto;
  const { sourceCodeInfo } = desc.proto;
  const proto = clone(FileDescriptorProtoSchema, omitSourceInfo(desc.proto));
  deprecateMethods(proto, desc);
  canonicalize(proto, FileDescriptorProtoSchema, extensions);
  // Compilers omit the default.
  if (proto.syntax === "proto2") proto.syntax = "";
  proto.dependency = listImports(desc);
  proto.publicDependency = [];
  proto.weakDependency = [];
  proto.optionDependency = [];
  const about = filterFileComments(sourceCodeInfo);
  if (about !== undefined) proto.sourceCodeInfo = about;
  return proto;
}

/** Zitadel deprecates RPCs in OpenAPI annotations, which editors ignore; with `deprecated`, they strike names out. */
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

/** A message of descriptor.proto. Only its schema knows its fields. */
type Described = Message & Record<string, Message | Message[] | undefined>;

/** Brings a descriptor, and everything in it, into canonical form. */
function canonicalize(descriptor: Message, schema: DescMessage, extensions: OptionExtensions): void {
  // Whatever is not in descriptor.proto was added by the tool that wrote the image.
  delete descriptor.$unknown;
  if (isField(descriptor)) setJsonName(descriptor);
  // Only message fields are read, and descriptor.proto has no maps and no oneofs.
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

/**
 * Compilers always set the JSON name of a field; some servers never do. For extensions, the name that compilers set is
 * not the real one.
 */
function setJsonName(field: FieldDescriptorProto): void {
  if (field.extendee !== "") clearField(field, FieldDescriptorProtoSchema.field.jsonName);
  else if (field.jsonName === "") field.jsonName = protoCamelCase(field.name);
}
