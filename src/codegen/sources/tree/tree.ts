import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { CodegenError } from "../../errors.ts";
import { MAX_BYTES, MAX_FILES } from "../../limits.ts";

/** Files by name, with slashes, relative to the root of the tree. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** Which files of a tree are read. */
export type Wanted = (name: string) => boolean;

/** Files of Buf and Protobuf. */
export const isProtoFile: Wanted = (name) => /(^|\/)([^/]+\.proto|buf(\.work)?\.yaml|buf\.lock)$/.test(name);

/** Modules of generated code with their declarations, and package.json. */
export const isModuleFile: Wanted = (name) => /(^|\/)([^/]+_pb(\.d)?\.[cm]?[jt]s|package\.json)$/.test(name);

/** Collects the wanted files of a tree whose size and names cannot be trusted. */
export class TreeBuilder {
  readonly #files = new Map<string, Uint8Array>();
  readonly #wanted: Wanted;
  #bytes = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  get files(): Tree {
    return this.#files;
  }

  /**
   * Whether to read a file of a given size in bytes.
   *
   * @throws CodegenError if the files would be too large, or the name leads out of the tree
   */
  accepts(name: string, size: number): boolean {
    if (!this.#wanted(name) || name.split("/").includes("node_modules")) return false;
    if (/^\/|^[a-z]:|\0/i.test(name) || name.split("/").includes("..")) {
      throw new CodegenError(
        `it has a file named ${JSON.stringify(name.slice(0, 200))}, which is outside of it`,
      );
    }
    this.#bytes += size;
    if (this.#bytes > MAX_BYTES) throw new CodegenError(`its files have more than ${MAX_BYTES} bytes`);
    if (this.#files.size >= MAX_FILES) throw new CodegenError(`it has more than ${MAX_FILES} files`);
    return true;
  }

  add(name: string, bytes: Uint8Array): void {
    this.#files.set(name, bytes);
  }
}

/** The files in a directory of a tree, after removing leading directories from all names. */
export function findSubtree(tree: Tree, subdir: string, stripComponents = 0): Tree {
  const prefix = subdir
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
  const start = prefix === "" ? "" : `${prefix}/`;
  const moved = [...tree].map(
    ([name, bytes]) => [name.split("/").slice(stripComponents).join("/"), bytes] as const,
  );
  return new Map(
    moved.flatMap(([name, bytes]) =>
      name !== "" && name.startsWith(start) ? [[name.slice(start.length), bytes] as const] : [],
    ),
  );
}

/** Directories that are not searched. */
const SKIPPED = new Set(["node_modules", ".git"]);

/**
 * Reads the wanted files below a directory. Symbolic links are followed; with `confined`, which is for untrusted
 * directories, only those that stay inside.
 */
export async function readDirectory(root: string, wanted: Wanted, confined = false): Promise<Tree> {
  const builder = new TreeBuilder(wanted);
  const realRoot = await realpath(root);
  const isWithin = (path: string) => path === realRoot || path.startsWith(realRoot + sep);
  for await (const { name, path, size } of filesBelow(realRoot, "", { wanted, above: [] })) {
    if (confined && !isWithin(path)) continue;
    if (builder.accepts(name, size)) builder.add(name, await readFile(path));
  }
  return builder.files;
}

interface Found {
  readonly name: string;
  /** The real path. */
  readonly path: string;
  readonly size: number;
}

/** All files, ordered by name. Circular links are followed once. */
async function* filesBelow(
  directory: string,
  prefix: string,
  { wanted, above }: { readonly wanted: Wanted; readonly above: readonly string[] },
): AsyncGenerator<Found> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix + entry.name;
    if (SKIPPED.has(entry.name) || (entry.isFile() && !wanted(name))) continue;
    // A broken link is ignored.
    const path = await realpath(join(directory, entry.name)).catch(() => undefined);
    if (path === undefined) continue;
    const stats = await stat(path);
    if (stats.isFile()) yield { name, path, size: stats.size };
    else if (stats.isDirectory() && path !== directory && !above.includes(path)) {
      yield* filesBelow(path, `${name}/`, { wanted, above: [...above, directory] });
    }
  }
}
