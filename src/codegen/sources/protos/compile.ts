import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { runBuf } from "../../buf.ts";
import { CodegenError } from "../../errors.ts";
import { decodeFiles } from "../../files/decode-files.ts";
import { printProto } from "../../files/proto-text.ts";
import { withScratchDirectory } from "../../scratch-directory.ts";
import type { Tree } from "../tree/tree.ts";
import { completeImports } from "./imports.ts";
import { findProblem, type Place } from "./problems.ts";
import { scanProto } from "./scan.ts";

/** Loads the files that may stand in for missing imports. */
export type Known = () => Promise<readonly DescFile[]>;

/** Buf's exit code if files do not compile. */
const NOT_COMPILED = 100;

/**
 * Compiles all .proto files of a tree, according to its buf.yaml or buf.work.yaml if it has one. Imports that the tree
 * lacks come from known files, so that no network is needed. Only if these lack something too does Buf fetch the
 * dependencies in buf.yaml.
 */
export async function compileTree(tree: Tree, place: Place, known: Known): Promise<FileDescriptorProto[]> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-proto-"), async (work) => {
    const paths = await findImportPaths(tree, place, work);
    if (paths.size === 0) throw new CodegenError(`${place.name} has no .proto files`);
    const text = (path: string) => new TextDecoder().decode(tree.get(path));
    const scanned = new Map([...paths].map(([name, path]) => [name, scanProto(text(path))]));
    const { borrowed, missing } = await completeImports(scanned, known);
    const [first, ...others] = missing;
    if (first !== undefined) {
      const { text, advice } = findProblem([first, ...others], paths, place);
      if (advice !== undefined) throw new CodegenError(`${text}: ${advice}`);
      if (!hasDependencies(tree))
        throw new CodegenError(`${text}: neither ${place.name} nor this package has it`);
      return await buildWithDependencies(tree, work, text);
    }
    const build = join(work, "build");
    for (const [name, path] of paths) await write(join(build, name), tree.get(path) ?? "");
    for (const file of borrowed) await write(join(build, file.proto.name), printProto(file));
    const files = await bufBuild(build, (name) => place.at(paths.get(name) ?? name), place.name);
    const names = new Set(borrowed.map(({ proto }) => proto.name));
    return files.filter(({ name }) => !names.has(name));
  });
}

/** The files of a tree by their import names, which only Buf knows if the tree is configured for Buf. */
async function findImportPaths(tree: Tree, place: Place, work: string): Promise<Map<string, string>> {
  const protos = [...tree.keys()].filter((path) => path.endsWith(".proto"));
  if (!tree.has("buf.yaml") && !tree.has("buf.work.yaml")) return new Map(protos.map((path) => [path, path]));
  // Leaves out lock files, which make Buf fetch what they lock.
  const root = join(work, "tree");
  for (const [path, bytes] of tree) if (!path.endsWith("buf.lock")) await write(join(root, path), bytes);
  const { stdout } = await runBuf(["ls-files", "--format", "json"], { cwd: root }).catch((error: Error) => {
    throw new CodegenError(`${place.name}: ${error.message.replaceAll(`${root}/`, "")}`);
  });
  const names = new Map<string, string>();
  for (const line of stdout.split("\n").filter((each) => each !== "")) {
    const file: { path: string; import_path: string } = JSON.parse(line);
    const [name, path] = [file.import_path, file.path.replaceAll("\\", "/")];
    const other = names.get(name);
    if (!tree.has(path)) continue;
    if (other !== undefined)
      throw new CodegenError(`${place.at(path)} and ${place.at(other)} are both imported as ${name}`);
    names.set(name, path);
  }
  return names;
}

async function bufBuild(
  directory: string,
  at: (name: string) => string,
  source: string,
): Promise<FileDescriptorProto[]> {
  await write(join(directory, "buf.yaml"), "version: v1\n");
  const image = join(dirname(directory), "image.binpb");
  const args = ["build", ".", "--error-format", "json", "--output", image];
  const { exitCode, stdout, stderr } = await runBuf(args, { cwd: directory, exitCodes: [0, NOT_COMPILED] });
  if (exitCode !== 0) throw new CodegenError(`${source} does not compile:\n${toLines(stdout + stderr, at)}`);
  return decodeFiles(await readFile(image), source);
}

const MAX_LINES = 10;

/** Formats Buf's findings, with the user's file names. */
function toLines(findings: string, at: (name: string) => string): string {
  const lines = findings
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => {
      const found: { path?: string; start_line?: number; start_column?: number; message: string } =
        JSON.parse(line);
      if (found.path === undefined) return found.message;
      return `${at(found.path)}:${found.start_line ?? 1}:${found.start_column ?? 1}: ${found.message}`;
    });
  const more = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function hasDependencies(tree: Tree): boolean {
  return [...tree].some(
    ([path, bytes]) =>
      /(^|\/)buf\.yaml$/.test(path) && /^deps\s*:(?!\s*\[\s*\])/m.test(new TextDecoder().decode(bytes)),
  );
}

/** Builds with Buf alone, which needs its registry. If that fails, the error begins with `problem`. */
async function buildWithDependencies(
  tree: Tree,
  work: string,
  problem: string,
): Promise<FileDescriptorProto[]> {
  const root = join(work, "tree");
  for (const [path, bytes] of tree) await write(join(root, path), bytes);
  const image = join(work, "image.binpb");
  await runBuf(["build", ".", "--output", image], { cwd: root }).catch((error: Error) => {
    const [reason = ""] = error.message.replace(/^buf build: (Failure: )?/, "").split("\n");
    throw new CodegenError(
      `${problem}: neither the source nor this package has it, and Buf cannot get the dependencies that buf.yaml names (${reason}). ` +
        "Where it can, run `buf build --output api.binpb` and give that image instead",
    );
  });
  return decodeFiles(await readFile(image), "the image that Buf built");
}

async function write(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
