import { clone, create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { methodTraits } from "../descriptor/method-traits.ts";
import { type Comments, sourceInfoOf } from "./comments.ts";

/**
 * Encodes files, with all that they import, as a Buf image: a FileDescriptorSet in which the well-known types
 * are marked as imports, so that no code is generated for them. Files without source info are given theirs
 * from `comments`. The order is that of the names, dependencies first: same input, same bytes.
 */
export function encodeImage(files: Iterable<DescFile>, comments: Comments): Uint8Array<ArrayBuffer> {
  const file = inDependencyOrder(files).map((desc) => {
    const proto = clone(FileDescriptorProtoSchema, desc.proto);
    proto.sourceCodeInfo ??= sourceInfoOf(desc, comments);
    markDeprecated(proto, desc);
    if (isWellKnown(proto.name)) proto.$unknown = [{ ...markAsImport(), no: IMAGE_FILE_EXTENSION }];
    return proto;
  });
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}

/** Zitadel deprecates in OpenAPI annotations, which editors do not strike out; `deprecated` they do. */
function markDeprecated(proto: FileDescriptorProto, { services }: DescFile): void {
  for (const [i, service] of services.entries()) {
    for (const [j, method] of service.methods.entries()) {
      const methodProto = proto.service[i]?.method[j];
      if (methodProto === undefined || !methodTraits(method).deprecated) continue;
      methodProto.options ??= create(MethodOptionsSchema);
      methodProto.options.deprecated = true;
    }
  }
}

/** `buf.alpha.image.v1.ImageFileExtension`, by which Buf tells targets from imports. */
const IMAGE_FILE_EXTENSION = 8042;

function markAsImport(): { wireType: WireType; data: Uint8Array<ArrayBuffer> } {
  const isImport = new BinaryWriter().tag(1, WireType.Varint).bool(true).finish();
  return { wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(isImport).finish() };
}

function isWellKnown(name: string): boolean {
  return name.startsWith("google/protobuf/");
}

function inDependencyOrder(files: Iterable<DescFile>): DescFile[] {
  const ordered = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (ordered.has(file.proto.name)) return;
    for (const dependency of file.dependencies) visit(dependency);
    ordered.set(file.proto.name, file);
  };
  for (const file of withDependencies(files)) visit(file);
  return [...ordered.values()];
}

/** The files and all that they import, each once, by name. */
function withDependencies(files: Iterable<DescFile>): DescFile[] {
  const all = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (all.has(file.proto.name)) return;
    all.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  for (const file of files) add(file);
  return [...all.values()].sort((a, b) => (a.proto.name < b.proto.name ? -1 : 1));
}
