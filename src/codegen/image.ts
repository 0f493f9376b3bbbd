import { clone, create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { methodTraits } from "../descriptor/method-traits.ts";
import { type Comments, commentsOf, sourceInfoOf } from "./comments.ts";
import { inDependencyOrder } from "./files/dependency-order.ts";
import { wellKnownFile } from "./files/well-known.ts";
import { withChanges } from "./files/with-changes.ts";

/**
 * Encodes files, with all that they import, as a Buf image: a FileDescriptorSet in which the well-known types
 * are marked as imports, so that no code is generated for them. What files do not document themselves is documented
 * from `comments`. The order is that of the names, dependencies first: same input, same bytes.
 */
export function encodeImage(files: Iterable<DescFile>, comments: Comments): Uint8Array<ArrayBuffer> {
  const file = orderedWithDependencies(files).map((desc) => {
    const proto = clone(FileDescriptorProtoSchema, desc.proto);
    proto.sourceCodeInfo = sourceInfoOf(desc, new Map([...comments, ...commentsOf(desc)]));
    markDeprecated(proto, desc);
    return markedAsImport(proto, wellKnownFile(proto.name) !== undefined);
  });
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}

/** Encodes files without any documentation: what an API is, whoever describes it. */
export function encodeBareImage(files: Iterable<DescFile>): Uint8Array<ArrayBuffer> {
  const file = orderedWithDependencies(files).map(({ proto }) => {
    const bare = withChanges(FileDescriptorProtoSchema, proto, {});
    delete bare.sourceCodeInfo;
    return markedAsImport(bare, wellKnownFile(proto.name) !== undefined);
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

/** Whatever another image said of the file is replaced. */
function markedAsImport(proto: FileDescriptorProto, isImport: boolean): FileDescriptorProto {
  const others = (proto.$unknown ?? []).filter(({ no }) => no !== IMAGE_FILE_EXTENSION);
  const mark = new BinaryWriter().tag(1, WireType.Varint).bool(true).finish();
  const data = new BinaryWriter().bytes(mark).finish();
  const extension = { no: IMAGE_FILE_EXTENSION, wireType: WireType.LengthDelimited, data };
  proto.$unknown = isImport ? [...others, extension] : others;
  return proto;
}

function orderedWithDependencies(files: Iterable<DescFile>): DescFile[] {
  const all = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (all.has(file.proto.name)) return;
    all.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  for (const file of files) add(file);
  return inDependencyOrder([...all.values()].map(({ proto }) => proto)).flatMap(
    ({ name }) => all.get(name) ?? [],
  );
}
