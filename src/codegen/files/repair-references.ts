import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { indexTypes } from "./defined-types.ts";
import { qualifyTypes } from "./qualify-types.ts";
import { listWellKnownFiles } from "./well-known.ts";
import { withChanges } from "./with-changes.ts";

/**
 * Adds what descriptors of some servers (those based on protobuf.js) omit: full type names, and imports. Complete files
 * are not changed.
 */
export function repairReferences(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const types = indexTypes([...listWellKnownFiles(), ...files]);
  const visible = createVisibility(files);
  return files.map((sent) => {
    const isRelative = listReferences(sent).some((name) => name !== "" && !name.startsWith("."));
    const file = isRelative ? qualifyTypes(sent, types) : sent;
    const needed = new Set(listReferences(file).flatMap((type) => types.get(type) ?? []));
    const missing = [...needed].filter((name) => name !== file.name && !visible(file).has(name)).sort();
    if (missing.length === 0) return file;
    return withChanges(FileDescriptorProtoSchema, file, { dependency: [...file.dependency, ...missing] });
  });
}

/** The files visible to a file: its imports, and what these import publicly. */
function createVisibility(
  files: readonly FileDescriptorProto[],
): (file: FileDescriptorProto) => ReadonlySet<string> {
  const byName = new Map(files.map((file) => [file.name, file]));
  return (file) => {
    const seen = new Set(file.dependency);
    // A set's iterator also visits items added during the iteration.
    for (const name of seen) {
      const imported = byName.get(name);
      for (const i of imported?.publicDependency ?? []) {
        const reexported = imported?.dependency[i];
        if (reexported !== undefined) seen.add(reexported);
      }
    }
    return seen;
  };
}

function listReferences({ messageType, extension, service }: FileDescriptorProto): string[] {
  return [
    ...messageType.flatMap(listReferencesInMessage),
    ...extension.flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...service.flatMap(({ method }) =>
      method.flatMap(({ inputType, outputType }) => [inputType, outputType]),
    ),
  ];
}

function listReferencesInMessage({ field, extension, nestedType }: DescriptorProto): string[] {
  return [
    ...[...field, ...extension].flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...nestedType.flatMap(listReferencesInMessage),
  ];
}
