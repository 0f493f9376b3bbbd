import type { DescFile } from "@bufbuild/protobuf";
import { findWellKnownFile } from "../files/well-known.ts";
import { computeClosure, listTopLevelTypes } from "../subset/closure.ts";
import { extendsOptions } from "./descriptor-options.ts";

/**
 * Omits from files in canonical form those that only define annotations, such as google/api/annotations.proto: which of
 * them exist depends on the kind of source, and code that calls an API needs none. Files that a type needs are kept.
 */
export function omitAnnotations(files: readonly DescFile[]): readonly DescFile[] {
  const importers = new Map<string, DescFile[]>();
  for (const file of files) {
    for (const name of file.proto.dependency) importers.set(name, [...(importers.get(name) ?? []), file]);
  }
  const left = new Set<DescFile>();
  // Importers come after what they import, so going backward, the importers of a file are decided on before the file.
  for (const file of files.toReversed()) {
    const by = importers.get(file.proto.name) ?? [];
    if (by.some((importer) => !left.has(importer)) || file.services.length > 0) continue;
    const serves = by.length > 0 || findWellKnownFile(file.proto.name) !== undefined;
    if (serves || definesOnlyAnnotations(file)) left.add(file);
  }
  return files.filter((file) => !left.has(file));
}

/** Whether a file defines only extensions of options, and what these need. */
function definesOnlyAnnotations(file: DescFile): boolean {
  if (file.extensions.length === 0 || !file.extensions.every(extendsOptions)) return false;
  const needed = computeClosure(file.extensions, new Set());
  return listTopLevelTypes(file).every((type) => needed.has(type));
}
