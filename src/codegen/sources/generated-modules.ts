import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DescFile } from "@bufbuild/protobuf";
import type { Comments } from "../comments.ts";
import { commentsOfDeclarations } from "../dts-comments.ts";

/** Where code that protoc-gen-es generated is, below a directory: globs. */
export interface GeneratedLayout {
  readonly modules: string;
  readonly declarations: string;
}

/** An API as it is found in code. */
export interface GeneratedApi {
  readonly files: readonly DescFile[];
  readonly comments: Comments;
}

/**
 * Reads an API back from code that was generated for it: the descriptors from its ES modules, the comments, which
 * descriptors in code do not carry, from its declarations.
 */
export async function readGeneratedModules(
  directory: string,
  layout: GeneratedLayout,
): Promise<GeneratedApi> {
  const files: DescFile[] = [];
  for (const path of filesOf(directory, layout.modules)) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(directory, path)).href);
    files.push(...Object.values(module).filter(isFile));
  }
  const declarations = filesOf(directory, layout.declarations).map((path) =>
    readFileSync(join(directory, path), "utf8"),
  );
  return { files, comments: new Map(declarations.flatMap((dts) => [...commentsOfDeclarations(dts)])) };
}

/** The files that a glob matches, in an order that does not depend on the file system. */
export function filesOf(directory: string, glob: string): string[] {
  return globSync(glob, { cwd: directory })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
