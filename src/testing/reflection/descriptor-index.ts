import type { DescFile, DescService } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** The files of services, and their imports. */
export interface DescriptorIndex {
  byName(name: string): DescFile | undefined;
  /** By the full name of a type or service, or a member of one. */
  bySymbol(name: string): DescFile | undefined;
}

/** Indexes files. */
export function indexServices(services: Iterable<DescService>): DescriptorIndex {
  const files = new Map<string, DescFile>();
  for (const { file } of services) {
    for (const one of withImports(file)) files.set(one.proto.name, one);
  }
  const symbols = new Map<string, DescFile>();
  for (const file of files.values()) {
    for (const name of listSymbols(file)) symbols.set(name, file);
  }
  return { byName: (name) => files.get(name), bySymbol: (name) => symbols.get(name) };
}

/** A file and its direct and indirect imports, each once. */
export function withImports(file: DescFile): Iterable<DescFile> {
  const all = new Set([file]);
  // A set's iterator also visits items added during the iteration.
  for (const { dependencies } of all) {
    for (const dependency of dependencies) all.add(dependency);
  }
  return all;
}

function listSymbols(file: DescFile): string[] {
  return [...nestedTypes(file)].flatMap((desc) => {
    switch (desc.kind) {
      case "service":
        return [desc.typeName, ...desc.methods.map(({ name }) => `${desc.typeName}.${name}`)];
      case "message":
        return [desc.typeName, ...desc.members.map(({ name }) => `${desc.typeName}.${name}`)];
      case "enum": {
        // As in C++, the values of an enum are next to it, not in it.
        const scope = desc.typeName.slice(0, -desc.name.length);
        return [desc.typeName, ...desc.values.map(({ name }) => `${scope}${name}`)];
      }
      default:
        return [desc.typeName];
    }
  });
}
