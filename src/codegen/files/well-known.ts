import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import * as wkt from "@bufbuild/protobuf/wkt";

const files = new Map(
  Object.entries(wkt).flatMap(([name, value]) =>
    name.startsWith("file_google_protobuf_") && isFile(value)
      ? [[value.proto.name, value.proto] as const]
      : [],
  ),
);

/** A file that comes with protobuf itself, such as google/protobuf/timestamp.proto. */
export function findWellKnownFile(name: string): FileDescriptorProto | undefined {
  return files.get(name);
}

/** All files that come with protobuf itself. */
export function listWellKnownFiles(): Iterable<FileDescriptorProto> {
  return files.values();
}

function isFile(value: unknown): value is { readonly proto: FileDescriptorProto } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
