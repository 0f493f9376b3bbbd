import { createHash } from "node:crypto";
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { isErrorType } from "./error-types.ts";
import { findWellKnownFile } from "./files/well-known.ts";
import { omitSourceInfo } from "./image.ts";
import { computeClosure, listTopLevelTypes, type TopLevel } from "./subset/closure.ts";
import { keep } from "./subset/prune.ts";

/**
 * The part of an API that identifies it: its services, the types of the files that these need, and the types used in
 * errors. Other types do not count, since a live instance does not report types that neither an RPC nor an import leads
 * to. An API without services is identified by its types.
 */
export function findIdentifyingFiles(files: readonly DescFile[]): readonly DescFile[] {
  const services = files.flatMap((file) => file.services);
  if (services.length === 0) return files;
  const methods = new Set(services.flatMap((service) => service.methods));
  const errors = files.flatMap(({ messages }) => messages.filter(({ typeName }) => isErrorType(typeName)));
  const roots: TopLevel[] = [...services, ...errors];
  const touched = new Set([...computeClosure(roots, methods)].map(({ file }) => file));
  const types = [...touched].flatMap((file) =>
    listTopLevelTypes(file).filter(({ kind }) => kind === "message" || kind === "enum"),
  );
  return keep(files, computeClosure([...roots, ...types], methods), methods);
}

/**
 * Identifies an API, independently of its source and documentation: `sha256-<base64>`. protobuf's own files are left
 * out, since they come with the runtime.
 */
export function computeApiDigest(files: readonly DescFile[]): string {
  return digestFiles(findIdentifyingFiles(files));
}

/** Identifies an API including the types that do not belong to its identity. */
export function computeContentsDigest(files: readonly DescFile[]): string {
  return digestFiles(files);
}

function digestFiles(files: readonly DescFile[]): string {
  const own = files.filter(({ proto }) => findWellKnownFile(proto.name) === undefined);
  const set = create(FileDescriptorSetSchema, { file: own.map(({ proto }) => omitSourceInfo(proto)) });
  const bytes = toBinary(FileDescriptorSetSchema, set);
  return `sha256-${createHash("sha256").update(bytes).digest("base64")}`;
}
