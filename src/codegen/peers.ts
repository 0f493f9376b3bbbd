import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { CodegenError } from "./errors.ts";

/** Generators are optional peers of this package: only generating code needs them. */
const PEERS = ["@bufbuild/buf", "@bufbuild/protoc-gen-es"] as const;

export type Peer = (typeof PEERS)[number];

/** The line that installs all peers. */
export const INSTALL_PEERS: string = `npm install --save-dev ${PEERS.join(" ")}`;

/** Fails unless all generators are installed, before an API is read, which may take long. */
export function requirePeers(): void {
  for (const name of PEERS) findPeer(name);
}

/** The directory of a peer, resolved from this package, or else from the working directory. */
export function findPeer(name: Peer): string {
  for (const directory of [packageRoot, process.cwd()]) {
    const peer = findPackage(name, directory);
    if (peer === undefined) continue;
    const problem = describeTooOld(name, peer, "peerDependencies");
    if (problem === undefined) return peer;
    throw new CodegenError(`${problem}, but generating and comparing require that version: ${INSTALL_PEERS}`);
  }
  throw new CodegenError(
    `${name} is not installed, but generating and comparing require it: ${INSTALL_PEERS}`,
  );
}

const RUNTIME = "@bufbuild/protobuf";

/**
 * Explains why code in a directory cannot import @bufbuild/protobuf, as all generated code does; undefined if it can.
 * This package's own copy is not enough where packages may import only their own dependencies.
 */
export function findMissingRuntime(directory: string): string | undefined {
  const found = findPackage(RUNTIME, directory);
  if (found === undefined) {
    return `generated code imports ${RUNTIME}, which is not installed there: npm install ${RUNTIME}`;
  }
  const problem = describeTooOld(RUNTIME, found, "dependencies");
  return problem && `${problem}, but generated code needs it: npm install ${RUNTIME}`;
}

function findPackage(name: string, directory: string): string | undefined {
  try {
    const entry = createRequire(join(directory, "package.json")).resolve(
      name === RUNTIME ? name : `${name}/package.json`,
    );
    return findManifest(name, dirname(entry));
  } catch {
    return undefined;
  }
}

/** Finds the directory of a package. Not every package exports its package.json, and subdirectories may have others. */
function findManifest(name: string, directory: string): string | undefined {
  if (existsSync(join(directory, "package.json")) && readManifest(directory).name === name) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findManifest(name, parent);
}

/** Describes a package that is older than this package requires. */
function describeTooOld(
  name: string,
  directory: string,
  kind: "dependencies" | "peerDependencies",
): string | undefined {
  const { version = "" } = readManifest(directory);
  const wanted = readManifest(packageRoot)[kind]?.[name]?.replace(/^\^/, "") ?? "";
  const [found, least] = [version, wanted].map((text) => text.split(/[.+-]/).map(Number));
  const i = [0, 1, 2].find((part) => found?.[part] !== least?.[part]);
  if (i === undefined || Number(found?.[i]) > Number(least?.[i])) return undefined;
  return `${name} ${version} is installed, which is older than ${wanted}`;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}
