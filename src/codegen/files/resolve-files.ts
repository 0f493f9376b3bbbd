import { create, createFileRegistry, type DescFile, equals } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";
import { MAX_FILES } from "../limits.ts";
import { sortByDependency } from "./dependency-order.ts";
import { mayComplete } from "./known-files.ts";
import { checkNames } from "./names.ts";
import { repairReferences } from "./repair-references.ts";
import { findWellKnownFile } from "./well-known.ts";

/** Files by name that may complete missing imports. */
export type KnownFiles = ReadonlyMap<string, FileDescriptorProto>;

/** Files that fit together, with all their imports. */
export interface ResolvedFiles {
  readonly files: readonly DescFile[];
  /** The names of the files that were missing and come from the known ones. */
  readonly completed: readonly string[];
}

/**
 * Links files from any source, in any order: adds missing imports from protobuf's own files and from `known`, and
 * checks everything that generators rely on. `known` is called only if needed.
 *
 * @throws CodegenError that names what is wrong
 */
export async function resolveFiles(
  files: Iterable<FileDescriptorProto>,
  known: () => Promise<KnownFiles>,
): Promise<ResolvedFiles> {
  const { all, completed } = await addImports(repairReferences([...omitDuplicates(files).values()]), known);
  if (all.size > MAX_FILES) throw new CodegenError(`It has ${all.size} files, more than ${MAX_FILES}`);
  checkNames(all.values());
  const file = sortByDependency(all.values());
  try {
    return { files: [...createFileRegistry(create(FileDescriptorSetSchema, { file })).files], completed };
  } catch (error) {
    const problem = (error instanceof Error && error.message) || "a reference cannot be resolved";
    throw new CodegenError(`Its descriptors do not fit together: ${problem}`, { cause: error });
  }
}

function omitDuplicates(files: Iterable<FileDescriptorProto>): Map<string, FileDescriptorProto> {
  const unique = new Map<string, FileDescriptorProto>();
  for (const sent of files) {
    // Generated code gets well-known files from its runtime, whatever the source has.
    const file = findWellKnownFile(sent.name) ?? sent;
    const other = unique.get(file.name);
    if (other !== undefined && !equals(FileDescriptorProtoSchema, file, other)) {
      throw new CodegenError(`${file.name} appears twice, with different contents`);
    }
    unique.set(file.name, file);
  }
  return unique;
}

async function addImports(
  files: readonly FileDescriptorProto[],
  known: () => Promise<KnownFiles>,
): Promise<{ all: Map<string, FileDescriptorProto>; completed: string[] }> {
  const all = new Map(files.map((file) => [file.name, file]));
  const completed: string[] = [];
  // A map's iterator also visits entries added during the iteration.
  for (const file of all.values()) {
    for (const name of file.dependency) {
      if (all.has(name)) continue;
      const wellKnown = findWellKnownFile(name);
      const found = wellKnown ?? lend((await known()).get(name), { name, by: file.name }, files);
      if (wellKnown === undefined) completed.push(name);
      all.set(name, found);
    }
  }
  return { all, completed };
}

/** A known file that replaces a missing one. Throws a CodegenError if there is none. */
function lend(
  found: FileDescriptorProto | undefined,
  { name, by }: { readonly name: string; readonly by: string },
  files: readonly FileDescriptorProto[],
): FileDescriptorProto {
  if (found === undefined) throw new CodegenError(`${by} imports ${name}, which is missing and unknown here`);
  if (mayComplete(found, files)) return found;
  throw new CodegenError(
    `${by} imports ${name}, which is missing: Zitadel's own files of another version are not mixed in`,
  );
}
