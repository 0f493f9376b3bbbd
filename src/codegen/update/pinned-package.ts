import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodegenError } from "../errors.ts";
import { findPackage, type NpmPackage } from "../sources/npm.ts";

/** proto/source.json: which API this package is built from. */
export interface Pin {
  /** `npm:<package>@<version>`, or a git repository at a tag: `<url>#tag=<tag>,subdir=<directory>` */
  readonly source: string;
  /** For a package: the integrity of its tarball, which npm verifies at installation. */
  readonly integrity?: string | undefined;
  /** For a repository: the commit of the tag. The API is read from that commit. */
  readonly commit?: string | undefined;
  /** The digest of the installed files that the API is read from; for a repository, that of the API. */
  readonly contents: string;
}

const FILE = "proto/source.json";

/** Reads proto/source.json below a directory. */
export function readPin(directory: string): Pin {
  return JSON.parse(readFileSync(join(directory, FILE), "utf8"));
}

/** Writes proto/source.json below a directory. */
export function writePin(directory: string, { source, integrity, commit, contents }: Pin): void {
  const pin: Pin = { source, integrity, commit, contents };
  writeFileSync(join(directory, FILE), `${JSON.stringify(pin, null, 2)}\n`);
}

/** The package name and version of a source that can be pinned; undefined for any other. */
export function parsePinnable(source: string): { name: string; version: string } | undefined {
  const [, name, version] = /^npm:((?:@[\w.-]+\/)?[\w.-]+)@(\d+\.\d+\.\d+[\w.+-]*)$/.exec(source) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/** The installed package that the pin names. Throws if it is missing or differs. */
export function requirePinnedPackage(pin: Pin, directory: string): NpmPackage {
  const { name, version } = parsePinnable(pin.source) ?? { name: "" };
  const found = name === "" ? undefined : findPackage(name, directory);
  if (found === undefined) throw pinError(pin, "it is not installed: run `npm ci`");
  if (found.version !== version) throw pinError(pin, `version ${found.version} is installed: run \`npm ci\``);
  const locked = findLockedIntegrity(name, directory);
  if (locked !== pin.integrity) {
    throw pinError(
      pin,
      `package-lock.json has the integrity ${locked}, and proto/source.json has ${pin.integrity}`,
    );
  }
  if (found.contents !== pin.contents) {
    throw pinError(
      pin,
      `its files were changed (digest ${found.contents}, pinned ${pin.contents}): run \`npm ci\``,
    );
  }
  return found;
}

/** The integrity of a package's tarball in package-lock.json. */
export function findLockedIntegrity(name: string, directory: string): string | undefined {
  const lock: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    readFileSync(join(directory, "package-lock.json"), "utf8"),
  );
  return lock.packages[`node_modules/${name}`]?.integrity;
}

function pinError({ source }: Pin, problem: string): CodegenError {
  return new CodegenError(`proto/source.json pins ${source}, but ${problem}.`);
}
