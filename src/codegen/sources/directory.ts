import { existsSync } from "node:fs";
import { cp, glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { buf } from "../buf.ts";
import { CodegenError } from "../errors.ts";
import { protoText } from "../files/proto-text.ts";
import { wellKnownFile } from "../files/well-known.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { bufBuild } from "./buf-input.ts";
import type { GeneratedApi } from "./generated-modules.ts";
import type { Source } from "./source.ts";

/**
 * A directory of .proto files, or a Buf workspace. What it imports and does not have is taken from the pinned API, so
 * that it needs no network; only where that lacks something, too, Buf resolves the dependencies as buf.yaml says.
 */
export function directorySource(spec: string, pinned: () => Promise<GeneratedApi>): Source {
  return {
    spec,
    async read(report) {
      report(`Compiling ${spec}`);
      return { description: spec, files: await compile(spec, (await pinned()).files) };
    },
  };
}

async function compile(directory: string, known: readonly DescFile[]): Promise<FileDescriptorProto[]> {
  const roots = await rootsOf(directory);
  const imports = await importsOf(roots);
  if (imports.size === 0) throw new CodegenError(`${directory} has no .proto files`);
  const missing = missingFiles(imports, known);
  if (missing === undefined) return await bufBuild(directory);
  const files = await compileOffline(roots, missing);
  const borrowed = new Set(missing.map(({ proto }) => proto.name));
  return files.filter(({ name }) => !borrowed.has(name));
}

/** The directories that imports are relative to. */
async function rootsOf(directory: string): Promise<string[]> {
  if (!existsSync(join(directory, "buf.yaml"))) return [directory];
  const { stdout } = await buf(["config", "ls-modules", "--format", "path"], { cwd: directory });
  return stdout
    .split("\n")
    .filter((path) => path !== "")
    .map((path) => join(directory, path));
}

/** The files below roots, by name, with what each imports. */
async function importsOf(roots: readonly string[]): Promise<Map<string, string[]>> {
  const imports = new Map<string, string[]>();
  for (const root of roots) {
    for await (const path of glob("**/*.proto", { cwd: root, exclude: ["**/node_modules"] })) {
      const text = await readFile(join(root, path), "utf8");
      const names = text.matchAll(/^\s*import\s+(?:public\s+|weak\s+|option\s+)?["']([^"']+)["']/gm);
      imports.set(
        path.replaceAll("\\", "/"),
        [...names].map(([, name = ""]) => name),
      );
    }
  }
  return imports;
}

/** The known files that complete imports; nothing where that is not enough. */
function missingFiles(
  imports: ReadonlyMap<string, readonly string[]>,
  known: readonly DescFile[],
): DescFile[] | undefined {
  const byName = new Map(known.map((file) => [file.proto.name, file]));
  const missing = new Map<string, DescFile>();
  const wanted = new Set([...imports.values()].flat());
  for (const name of wanted) {
    if (imports.has(name) || wellKnownFile(name) !== undefined) continue;
    const file = byName.get(name);
    if (file === undefined) return undefined;
    missing.set(name, file);
    for (const dependency of file.proto.dependency) wanted.add(dependency);
  }
  return [...missing.values()];
}

/** In a workspace of its own, which has no dependencies. */
async function compileOffline(
  roots: readonly string[],
  missing: readonly DescFile[],
): Promise<FileDescriptorProto[]> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-proto-"), async (work) => {
    const modules = roots.map((root, i) => ({ root, path: `module${i}` }));
    for (const { root, path } of modules) {
      for await (const file of glob("**/*.proto", { cwd: root, exclude: ["**/node_modules"] })) {
        await cp(join(root, file), join(work, path, file));
      }
    }
    await mkdir(join(work, "known"));
    for (const file of missing) await writeText(join(work, "known", file.proto.name), protoText(file));
    const paths = [...modules.map(({ path }) => path), ...(missing.length > 0 ? ["known"] : [])];
    const workspace = { version: "v2", modules: paths.map((path) => ({ path })) };
    await writeFile(join(work, "buf.yaml"), JSON.stringify(workspace));
    return await bufBuild(work);
  });
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
