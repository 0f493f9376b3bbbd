import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CodegenError } from "../errors.ts";
import { runCommand } from "../run-command.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { removeCredentials } from "./credentials.ts";
import { type GeneratedApi, readGeneratedModules } from "./generated-modules.ts";
import type { Source, SourceFiles } from "./source.ts";
import { openContainer } from "./tree/container.ts";
import { findSubtree, isModuleFile, readDirectory, type Tree } from "./tree/tree.ts";
import { isApiFile, type Known, readModules, readTree } from "./tree-source.ts";

/** An installed npm package of code that protoc-gen-es generated. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  /** The SHA-256 of the names and the bytes of all descriptors and declarations, as `sha256-<base64>`. */
  readonly contents: string;
}

/**
 * A package of generated code, or of .proto files: the installed one if it has the requested version or no version is
 * requested, or else what the npm client finds for a version, a range or a tag.
 */
export function createNpmSource(
  { name, version }: { readonly name: string; readonly version: string | undefined },
  directory: string,
  known: Known,
): Source {
  const spec = `npm:${name}${version === undefined ? "" : `@${version}`}`;
  return {
    spec,
    async read(report) {
      const installed = findDirectory(name, directory);
      if (installed !== undefined && (version === undefined || version === readVersion(installed))) {
        return await readPackage(name, await readDirectory(installed, isApiFile), known);
      }
      report(`Fetching ${spec}`);
      const tarball = await openContainer(await fetchTarball(spec.slice("npm:".length)), isApiFile, spec);
      if (tarball.kind !== "tree") throw new CodegenError(`${spec}: npm did not fetch a tarball`);
      return await readPackage(name, findSubtree(tarball.tree, "", 1), known);
    },
  };
}

/** Reads the API from a package's files. */
async function readPackage(name: string, tree: Tree, known: Known): Promise<SourceFiles> {
  const manifest = new TextDecoder().decode(tree.get("package.json"));
  const { version = "?" }: { version?: string } = JSON.parse(manifest || "{}");
  const description = `npm:${name}@${version}`;
  const place = {
    name: description,
    at: (path: string) => `${description}: ${path}`,
    within: (path: string) => `${path} of the package, unpacked`,
  };
  return {
    description,
    ...((await readModules(tree, place, known)) ?? (await readTree(tree, place, known))),
  };
}

/** Finds an installed package, resolved from the directory `from`. */
export function findPackage(name: string, from: string): NpmPackage | undefined {
  const directory = findDirectory(name, from);
  if (directory === undefined) return undefined;
  return { name, version: readVersion(directory), directory, contents: computeDigest(directory) };
}

function findDirectory(name: string, from: string): string | undefined {
  const manifest = createRequire(join(from, "package.json"))
    .resolve.paths(name)
    ?.map((path) => join(path, name, "package.json"))
    .find((path) => existsSync(path));
  return manifest === undefined ? undefined : dirname(manifest);
}

function readVersion(directory: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  return version;
}

/** Reads the API from a package of generated code. */
export async function readPackageApi({ directory }: NpmPackage): Promise<GeneratedApi> {
  return readGeneratedModules(await readDirectory(directory, isModuleFile));
}

/** The digest of the package's files that matter. */
function computeDigest(directory: string): string {
  const hash = createHash("sha256");
  for (const glob of ["es/**/*_pb.js", "types/**/*_pb.d.ts"]) {
    for (const path of globSync(glob, { cwd: directory })
      .map((each) => each.replaceAll("\\", "/"))
      .sort()) {
      const bytes = readFileSync(join(directory, path));
      hash.update(`${path} ${bytes.length}\n`).update(bytes);
    }
  }
  return `sha256-${hash.digest("base64")}`;
}

/**
 * Fetches the tarball of a package with the npm client, which knows the user's registry and credentials. Nothing is
 * installed, and no script runs.
 */
export async function fetchTarball(spec: string): Promise<Buffer> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-npm-"), async (work) => {
    // On Windows, npm is a script, which needs a shell: then we must quote the arguments.
    const shell = process.platform === "win32";
    const [what, where] = [spec, work].map((text) => (shell ? `"${text}"` : text));
    const args = ["pack", what ?? "", "--ignore-scripts", "--pack-destination", where ?? ""];
    const { exitCode, stdout, stderr } = await runCommand("npm", args, { shell });
    if (exitCode !== 0) {
      const [problem = "it failed"] = (stderr + stdout).match(/(?<=^npm error )(?!code).*$/m) ?? [];
      throw new CodegenError(`npm pack ${spec}: ${removeCredentials(problem)}`);
    }
    const [tarball = ""] = await readdir(work);
    return await readFile(join(work, tarball));
  });
}
