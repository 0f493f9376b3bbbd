import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";

/** File names become paths and comments; package names become code. protobuf-es checks all other names. */
const FILE_NAME = /^[\w+@.-]+(\/[\w+@.-]+)*$/;
const PACKAGE_NAME = /^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$/;
const SYNTAX = ["", "proto2", "proto3", "editions"];

/** Ensures that files can be written below a directory, each at its own path. Throws a CodegenError. */
export function checkNames(files: Iterable<FileDescriptorProto>): void {
  const outputs = new Map<string, string>();
  for (const { name, package: packageName, syntax } of files) {
    if (!isFileName(name)) throw new CodegenError(`${quote(name)} is not a valid file name`);
    if (!PACKAGE_NAME.test(packageName)) {
      throw new CodegenError(`${name}: ${quote(packageName)} is not a valid package name`);
    }
    if (!SYNTAX.includes(syntax)) throw new CodegenError(`${name}: unknown syntax ${quote(syntax)}`);
    // Some file systems are not case-sensitive.
    const output = name.replace(/\.proto$/, "").toLowerCase();
    const other = outputs.get(output);
    if (other !== undefined && other !== name) {
      throw new CodegenError(`${name} and ${other} would be generated to the same file`);
    }
    outputs.set(output, name);
  }
}

function isFileName(name: string): boolean {
  return FILE_NAME.test(name) && !name.split("/").some((segment) => segment === "." || segment === "..");
}

/** Quotes an arbitrary text, in at most one line. */
function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
