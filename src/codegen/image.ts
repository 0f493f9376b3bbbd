import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { type Comments, toSourceInfo } from "./comments.ts";
import { sortByDependency } from "./files/dependency-order.ts";
import { findWellKnownFile } from "./files/well-known.ts";
import { withChanges } from "./files/with-changes.ts";

/**
 * Encodes files, with all that they import, as a Buf image: a FileDescriptorSet in which the well-known types are
 * marked as imports, so that no code is generated for them. `comments` documents what the files themselves do not. The
 * order is by name, dependencies first, so the same input yields the same bytes.
 */
export function encodeImage(files: Iterable<DescFile>, comments: Comments): Uint8Array<ArrayBuffer> {
  const file = sortWithDependencies(files).map((desc) => {
    const proto = withChanges(FileDescriptorProtoSchema, desc.proto, {});
    proto.sourceCodeInfo = toSourceInfo(desc, comments);
    return markAsImport(proto, findWellKnownFile(proto.name) !== undefined);
  });
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}

/** Encodes files without any documentation, for comparison. */
export function encodeBareImage(files: Iterable<DescFile>): Uint8Array<ArrayBuffer> {
  const file = sortWithDependencies(files).map(({ proto }) =>
    markAsImport(omitSourceInfo(proto), findWellKnownFile(proto.name) !== undefined),
  );
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}

/** A copy of a file without documentation. */
export function omitSourceInfo(proto: FileDescriptorProto): FileDescriptorProto {
  const bare = withChanges(FileDescriptorProtoSchema, proto, {});
  delete bare.sourceCodeInfo;
  return bare;
}

/** The field number of `buf.alpha.image.v1.ImageFileExtension`, by which Buf distinguishes targets from imports. */
const IMAGE_FILE_EXTENSION = 8042;

/** Marks a file as an import or a target, whatever mark it had in another image. */
function markAsImport(proto: FileDescriptorProto, isImport: boolean): FileDescriptorProto {
  const others = (proto.$unknown ?? []).filter(({ no }) => no !== IMAGE_FILE_EXTENSION);
  const mark = new BinaryWriter().tag(1, WireType.Varint).bool(true).finish();
  const data = new BinaryWriter().bytes(mark).finish();
  const extension = { no: IMAGE_FILE_EXTENSION, wireType: WireType.LengthDelimited, data };
  proto.$unknown = isImport ? [...others, extension] : others;
  return proto;
}

function sortWithDependencies(files: Iterable<DescFile>): DescFile[] {
  const all = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (all.has(file.proto.name)) return;
    all.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  for (const file of files) add(file);
  return sortByDependency([...all.values()].map(({ proto }) => proto)).flatMap(
    ({ name }) => all.get(name) ?? [],
  );
}
