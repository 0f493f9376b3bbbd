import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";

/** No real API nests its imports more deeply: a source that does is meant to exhaust the stack. */
const MAX_DEPTH = 1000;

/**
 * Sorts files by name, each after its imports, whatever their original order. All imports must be among them.
 *
 * @throws CodegenError when files import each other in a circle
 */
export function sortByDependency(files: Iterable<FileDescriptorProto>): FileDescriptorProto[] {
  const byName = new Map([...files].map((file) => [file.name, file]));
  const ordered = new Map<string, FileDescriptorProto>();
  const visit = (file: FileDescriptorProto, path: readonly string[]): void => {
    if (ordered.has(file.name)) return;
    checkPath(file.name, path);
    for (const name of file.dependency) {
      const dependency = byName.get(name);
      if (dependency !== undefined) visit(dependency, [...path, file.name]);
    }
    ordered.set(file.name, file);
  };
  for (const name of [...byName.keys()].sort()) {
    const file = byName.get(name);
    if (file !== undefined) visit(file, []);
  }
  return [...ordered.values()];
}

function checkPath(name: string, path: readonly string[]): void {
  if (path.includes(name)) {
    const circle = [...path.slice(path.indexOf(name)), name];
    throw new CodegenError(`Files import each other in a circle: ${circle.join(" → ")}`);
  }
  if (path.length > MAX_DEPTH) {
    throw new CodegenError(`Imports are nested more than ${MAX_DEPTH} files deep, at ${name}`);
  }
}
