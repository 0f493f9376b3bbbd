import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DescFile } from "@bufbuild/protobuf";
import { commentsOfDeclarations } from "../dts-comments.ts";
import { encodeImage } from "../image.ts";

/** An npm package of code that protoc-gen-es generated, as it is installed. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  /** SHA-256 over the names and the bytes of all descriptors and declarations, as `sha256-<base64>`. */
  readonly contents: string;
}

/** Finds an installed package, as seen from `from` (a directory). */
export function findPackage(name: string, from: string): NpmPackage | undefined {
  const manifest = createRequire(join(from, "package.json"))
    .resolve.paths(name)
    ?.map((path) => join(path, name, "package.json"))
    .find((path) => globSync(path).length > 0);
  if (manifest === undefined) return undefined;
  const directory = dirname(manifest);
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, "utf8"));
  return { name, version, directory, contents: digest(directory) };
}

/**
 * Reads the API from a package of generated code: the descriptors from its ES modules, the comments, which
 * descriptors in code do not carry, from its declarations.
 */
export async function imageOfPackage({ directory }: NpmPackage): Promise<Uint8Array<ArrayBuffer>> {
  const files: DescFile[] = [];
  for (const path of modulesOf(directory)) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(directory, path)).href);
    files.push(...Object.values(module).filter(isFile));
  }
  const declarations = declarationsOf(directory).map((path) => readFileSync(join(directory, path), "utf8"));
  const comments = new Map(declarations.flatMap((dts) => [...commentsOfDeclarations(dts)]));
  return encodeImage(files, comments);
}

function modulesOf(directory: string): string[] {
  return globSync("es/**/*_pb.js", { cwd: directory }).sort();
}

function declarationsOf(directory: string): string[] {
  return globSync("types/**/*_pb.d.ts", { cwd: directory }).sort();
}

function digest(directory: string): string {
  const hash = createHash("sha256");
  for (const path of [...modulesOf(directory), ...declarationsOf(directory)]) {
    const bytes = readFileSync(join(directory, path));
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return `sha256-${hash.digest("base64")}`;
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
