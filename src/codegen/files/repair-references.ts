import type { DescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { definedTypes } from "./defined-types.ts";
import { qualifyTypes } from "./qualify-types.ts";
import { wellKnownFiles } from "./well-known.ts";

/**
 * Completes what descriptors of some servers (those on protobuf.js) leave out: the full names of types, and imports.
 * Files that are complete stay as they are.
 */
export function repairReferences(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const types = definedTypes([...wellKnownFiles(), ...files]);
  const visible = visibility(files);
  return files.map((sent) => {
    const isRelative = referencesOf(sent).some((name) => name !== "" && !name.startsWith("."));
    const file = isRelative ? qualifyTypes(sent, types) : sent;
    const needed = new Set(referencesOf(file).flatMap((type) => types.get(type) ?? []));
    const missing = [...needed].filter((name) => name !== file.name && !visible(file).has(name)).sort();
    return missing.length === 0 ? file : { ...file, dependency: [...file.dependency, ...missing] };
  });
}

/** The files that a file sees: those it imports, and those that these import publicly. */
function visibility(
  files: readonly FileDescriptorProto[],
): (file: FileDescriptorProto) => ReadonlySet<string> {
  const byName = new Map(files.map((file) => [file.name, file]));
  return (file) => {
    const seen = new Set(file.dependency);
    // A set's iterator also visits what is added on the way.
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

function referencesOf({ messageType, extension, service }: FileDescriptorProto): string[] {
  return [
    ...messageType.flatMap(referencesInMessage),
    ...extension.flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...service.flatMap(({ method }) =>
      method.flatMap(({ inputType, outputType }) => [inputType, outputType]),
    ),
  ];
}

function referencesInMessage({ field, extension, nestedType }: DescriptorProto): string[] {
  return [
    ...[...field, ...extension].flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...nestedType.flatMap(referencesInMessage),
  ];
}
