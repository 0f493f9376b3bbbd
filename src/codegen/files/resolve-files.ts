import { create, createFileRegistry, type DescFile, equals } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";
import { inDependencyOrder } from "./dependency-order.ts";
import { checkNames } from "./names.ts";
import { repairReferences } from "./repair-references.ts";
import { wellKnownFile } from "./well-known.ts";

/** Files by name that are there to complete imports with. */
export type KnownFiles = ReadonlyMap<string, FileDescriptorProto>;

/** No API has more; a server that sends more does not mean well. */
const MAX_FILES = 10_000;

/**
 * Links files that come from anywhere, in any order: imports that are missing are completed from protobuf's own
 * files and from `known`, and everything that generators count on is checked. `known` is asked only when needed.
 *
 * @throws CodegenError that names what is wrong
 */
export async function resolveFiles(
  files: Iterable<FileDescriptorProto>,
  known: () => Promise<KnownFiles>,
): Promise<DescFile[]> {
  const all = await withImports(repairReferences([...withoutDuplicates(files).values()]), known);
  if (all.size > MAX_FILES) throw new CodegenError(`It has ${all.size} files, more than ${MAX_FILES}`);
  checkNames(all.values());
  const file = inDependencyOrder(all.values());
  try {
    return [...createFileRegistry(create(FileDescriptorSetSchema, { file })).files];
  } catch (error) {
    const problem = (error instanceof Error && error.message) || "a reference leads nowhere";
    throw new CodegenError(`Its descriptors do not fit together: ${problem}`, { cause: error });
  }
}

function withoutDuplicates(files: Iterable<FileDescriptorProto>): Map<string, FileDescriptorProto> {
  const unique = new Map<string, FileDescriptorProto>();
  for (const sent of files) {
    // Generated code has these from its runtime, whatever a source makes of them.
    const file = wellKnownFile(sent.name) ?? sent;
    const other = unique.get(file.name);
    if (other !== undefined && !equals(FileDescriptorProtoSchema, file, other)) {
      throw new CodegenError(`${file.name} is there twice, with different contents`);
    }
    unique.set(file.name, file);
  }
  return unique;
}

async function withImports(
  files: readonly FileDescriptorProto[],
  known: () => Promise<KnownFiles>,
): Promise<Map<string, FileDescriptorProto>> {
  const all = new Map(files.map((file) => [file.name, file]));
  // A map's iterator also visits what is added on the way.
  for (const file of all.values()) {
    for (const name of file.dependency) {
      if (all.has(name)) continue;
      const found = wellKnownFile(name) ?? (await known()).get(name);
      if (found === undefined) {
        throw new CodegenError(`${file.name} imports ${name}, which is missing and not known here`);
      }
      all.set(name, found);
    }
  }
  return all;
}
