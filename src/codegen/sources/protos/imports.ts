import type { DescFile } from "@bufbuild/protobuf";
import { mayComplete } from "../../files/known-files.ts";
import { findWellKnownFile } from "../../files/well-known.ts";
import type { ScannedFile } from "./scan.ts";

/** Files by their import names. */
export type ScannedFiles = ReadonlyMap<string, ScannedFile>;

/** An import of a file that is missing. */
export interface MissingImport {
  readonly name: string;
  /** The file that imports it. */
  readonly by: string;
  readonly line: number;
  /** Whether a known file is deliberately not used: it is Zitadel's own, and the source may be another version. */
  readonly withheld: boolean;
}

export interface Completion {
  /** Known files that imports need, with all their imports. */
  readonly borrowed: readonly DescFile[];
  readonly missing: readonly MissingImport[];
}

/** Finds known files for missing imports. The known files are loaded only if an import needs them. */
export async function completeImports(
  files: ScannedFiles,
  known: () => Promise<readonly DescFile[]>,
): Promise<Completion> {
  const open = [...files].flatMap(([by, { imports }]) =>
    imports
      .filter(({ name }) => !files.has(name) && findWellKnownFile(name) === undefined)
      .map(({ name, line }) => ({ name, by, line })),
  );
  if (open.length === 0) return { borrowed: [], missing: [] };
  const byName = new Map((await known()).map((file) => [file.proto.name, file]));
  const lends = (name: string): DescFile | undefined => {
    const file = byName.get(name);
    return file !== undefined && mayComplete(file.proto, files.values()) ? file : undefined;
  };
  return {
    borrowed: addDependencies(
      open.flatMap(({ name }) => lends(name) ?? []),
      files,
    ),
    missing: open
      .filter(({ name }) => lends(name) === undefined)
      .map((each) => ({ ...each, withheld: byName.has(each.name) })),
  };
}

function addDependencies(roots: readonly DescFile[], files: ScannedFiles): DescFile[] {
  const all = new Set(roots);
  // A set's iterator also visits items added during the iteration.
  for (const { dependencies } of all) {
    for (const file of dependencies) {
      const { name } = file.proto;
      if (!files.has(name) && findWellKnownFile(name) === undefined) all.add(file);
    }
  }
  return [...all];
}
