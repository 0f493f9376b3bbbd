import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackage, type NpmPackage } from "../src/codegen/sources/npm.ts";

/** The root of this repository. */
export const root: string = join(import.meta.dirname, "..");

/** proto/source.json: which API this package is built from. */
export interface Pin {
  /** `npm:<package>@<version>` */
  readonly source: string;
  /** The integrity of the package's tarball, as npm verifies it at installation. */
  readonly integrity: string;
  /** The digest of the installed files that the API is read from. */
  readonly contents: string;
}

/** Reads proto/source.json. */
export function readPin(): Pin {
  return JSON.parse(readFileSync(join(root, "proto/source.json"), "utf8"));
}

/** The installed package that the pin names. Throws where it is missing or not the very one. */
export function pinnedPackage(pin: Pin = readPin(), directory: string = root): NpmPackage {
  const [, name = "", version] = /^npm:(.+)@(.+)$/.exec(pin.source) ?? [];
  const found = findPackage(name, directory);
  if (found === undefined) throw new PinError(pin, "it is not installed: run `npm ci`");
  if (found.version !== version)
    throw new PinError(pin, `version ${found.version} is installed: run \`npm ci\``);
  const locked = lockedIntegrity(name, directory);
  if (locked !== pin.integrity) {
    throw new PinError(
      pin,
      `package-lock.json has the integrity ${locked}, proto/source.json ${pin.integrity}`,
    );
  }
  if (found.contents !== pin.contents) {
    throw new PinError(
      pin,
      `its files were changed (digest ${found.contents}, pinned ${pin.contents}): run \`npm ci\``,
    );
  }
  return found;
}

/** The pin of a package as it is installed now, for proto/source.json. */
export function pinOfInstalled(name: string, directory: string = root): Pin {
  const found = findPackage(name, directory);
  const integrity = lockedIntegrity(name, directory);
  if (found === undefined || integrity === undefined) throw new Error(`${name} is not installed`);
  return { source: `npm:${name}@${found.version}`, integrity, contents: found.contents };
}

function lockedIntegrity(name: string, directory: string): string | undefined {
  const lock: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    readFileSync(join(directory, "package-lock.json"), "utf8"),
  );
  return lock.packages[`node_modules/${name}`]?.integrity;
}

class PinError extends Error {
  override readonly name = "PinError";
  constructor(pin: Pin, problem: string) {
    super(`proto/source.json pins ${pin.source}, but ${problem}.`);
  }
}
