import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript-language-service";
import { root } from "../../scripts/pinned-api.ts";

const run = promisify(execFile);
const folders = import.meta.dirname;
const shared = join(folders, "shared");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** A folder of the matrix: what it is about, and what is run in it. */
export interface Project {
  readonly folder: string;
  /** What its row of the table is called: the description in its package.json. */
  readonly title: string;
  /** Commands by name: the scripts in its package.json. */
  readonly cases: Readonly<Record<string, string>>;
  /**
   * What is tried: its dependencies, and optional ones, of which one is for this machine. What else it needs are its
   * devDependencies.
   */
  readonly versions: readonly string[];
}

/** What results.json holds: for each folder the names of the cases that passed. */
export type MatrixResults = Record<
  string,
  Pick<Project, "title" | "versions"> & { passed: readonly string[] }
>;

export function readProjects(): Project[] {
  return readdirSync(folders)
    .filter((folder) => existsSync(join(folders, folder, "package.json")))
    .map((folder) => {
      const { description, scripts, dependencies, optionalDependencies } = readManifest(
        join(folders, folder),
      );
      const packages = Object.entries({ ...dependencies, ...optionalDependencies });
      const versions = packages.map(([name, version]) => toVersion(name, version));
      return { folder, title: description, cases: scripts, versions: [...new Set(versions)] };
    });
}

/** Without the machine that a package is for, and without the alias by which several versions are installed. */
function toVersion(name: string, version: string): string {
  return `${name.replace(/-(linux-\w+|[\d.]+)$/, "")} ${version.replace(/^npm:.*@/, "")}`;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}

/** Packs the package and unpacks it into `directory`, as a stranger gets it. */
export async function packPackage(directory: string): Promise<string> {
  const unpacked = join(directory, "zitadel-connect");
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", directory];
  const { stdout } = await run("npm", pack, { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  await run("tar", ["-xzf", join(directory, filename), "-C", unpacked, "--strip-components=1"]);
  return unpacked;
}

/**
 * Makes a project of the folder below `work`, where no node_modules of this repository is found by accident: what its
 * lock file has, the package, and the package's own dependencies as the lock file of the repository has them.
 */
export async function installProject(folder: string, unpacked: string, work: string): Promise<string> {
  const project = join(work, folder);
  const modules = join(project, "node_modules");
  const lock = readFileSync(join(folders, folder, "package-lock.json"), "utf8");
  const installed = join(modules, ".matrix-lock.json");
  const isInstalled = existsSync(installed) && readFileSync(installed, "utf8") === lock;
  cpSync(join(folders, folder), project, { recursive: true });
  copyShared(project);
  if (!isInstalled) {
    const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await run("npm", ["ci", ...options], { cwd: project });
    const allowed = Object.keys(readManifest(project).allowScripts ?? {});
    if (allowed.length > 0) await run("npm", ["rebuild", ...allowed], { cwd: project });
    mkdirSync(modules, { recursive: true });
    writeFileSync(installed, lock);
  }
  copyPackage("zitadel-connect", unpacked, modules);
  linkCommand(modules);
  return project;
}

/** Makes `npx zitadel-connect` run the package's command. */
function linkCommand(modules: string): void {
  const commands = join(modules, ".bin");
  mkdirSync(commands, { recursive: true });
  const link = join(commands, "zitadel-connect");
  rmSync(link, { force: true });
  symlinkSync("../zitadel-connect/dist/cli.js", link);
}

/** Copies a package, and from the repository its dependencies: beside it, or below it where another version is there. */
function copyPackage(name: string, source: string, modules: string): void {
  const target = join(modules, name);
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  for (const dependency of Object.keys(readManifest(source).dependencies ?? {})) {
    const from = join(root, "node_modules", dependency);
    const present = join(modules, dependency);
    if (!existsSync(present)) copyPackage(dependency, from, modules);
    else if (readManifest(present).version !== readManifest(from).version) {
      copyPackage(dependency, from, join(target, "node_modules"));
    }
  }
}

/** The files of shared/ as they are, and in compiled/ as JavaScript of both kinds. */
function copyShared(project: string): void {
  cpSync(shared, join(project, "shared"), { recursive: true });
  mkdirSync(join(project, "compiled"), { recursive: true });
  for (const file of readdirSync(shared)) {
    const source = readFileSync(join(shared, file), "utf8");
    const name = join(project, "compiled", file.slice(0, -3));
    writeFileSync(`${name}.mjs`, compile(source, ts.ModuleKind.ESNext, ".mjs"));
    writeFileSync(`${name}.cjs`, compile(source, ts.ModuleKind.CommonJS, ".cjs"));
  }
}

function compile(source: string, module: ts.ModuleKind, extension: string): string {
  const compilerOptions = { module, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions }).outputText.replaceAll('.ts"', `${extension}"`);
}

/** Writes the lock file of a folder, without the hosts of registries. */
export async function lockProject(folder: string): Promise<void> {
  const options = [
    "--package-lock-only",
    "--ignore-scripts",
    "--omit-lockfile-registry-resolved",
    "--no-audit",
  ];
  await run("npm", ["install", ...options], { cwd: join(folders, folder) });
}
