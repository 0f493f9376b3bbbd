import type { DescFile } from "@bufbuild/protobuf";
import { wellKnownFile } from "../files/well-known.ts";
import { closure, topLevelTypes } from "../subset/closure.ts";
import { extendsOptions } from "./descriptor-options.ts";

/**
 * Files in canonical form without those that only define annotations, such as google/api/annotations.proto: which of
 * them are there depends on the kind of source, and code that calls an API needs none. Those that a type needs stay.
 */
export function withoutAnnotations(files: readonly DescFile[]): readonly DescFile[] {
  const importers = new Map<string, DescFile[]>();
  for (const file of files) {
    for (const name of file.proto.dependency) importers.set(name, [...(importers.get(name) ?? []), file]);
  }
  const left = new Set<DescFile>();
  // What imports a file comes after it, so that from the end all is known of a file that decides about it.
  for (const file of files.toReversed()) {
    const by = importers.get(file.proto.name) ?? [];
    if (by.some((importer) => !left.has(importer)) || file.services.length > 0) continue;
    const serves = by.length > 0 || wellKnownFile(file.proto.name) !== undefined;
    if (serves || definesOnlyAnnotations(file)) left.add(file);
  }
  return files.filter((file) => !left.has(file));
}

/** Extensions of options, and what these need. */
function definesOnlyAnnotations(file: DescFile): boolean {
  if (file.extensions.length === 0 || !file.extensions.every(extendsOptions)) return false;
  const needed = closure(file.extensions, new Set());
  return topLevelTypes(file).every((type) => needed.has(type));
}
