import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../../scripts/pinned-api.ts";
import { findPackage } from "../../../src/codegen/sources/npm.ts";
import { findLockedIntegrity, type Pin } from "../../../src/codegen/update/pinned-package.ts";

const NAME = "@zitadel/proto";

/** A pin of the installed package, even if proto/source.json pins a tag of a repository. */
export function packagePin(): Pin & { readonly version: string } {
  const found = findPackage(NAME, root);
  if (found === undefined) throw new Error(`${NAME} is not installed: run \`npm ci\``);
  const { version, contents } = found;
  return { source: `npm:${NAME}@${version}`, integrity: findLockedIntegrity(NAME, root), contents, version };
}

const DIRECTORY = join("node_modules", NAME);

/**
 * Copies a part of the installed package, since all of it takes a second or two: the given modules, such as
 * `zitadel/org/v2/org_service`, and those that they import. Returns a pin of the copy.
 */
export function copyPackage(directory: string, ...modules: readonly string[]): Pin {
  const all = new Set<string>();
  for (const module of modules) addNeeded(module, all);
  const files = [...all].flatMap((module) => [`es/${module}_pb.js`, `types/${module}_pb.d.ts`]);
  for (const path of ["package.json", ...files]) {
    cpSync(join(root, DIRECTORY, path), join(directory, DIRECTORY, path));
  }
  const { version: _, ...pin } = packagePin();
  return { ...pin, contents: findPackage(NAME, directory)?.contents ?? "" };
}

function addNeeded(module: string, all: Set<string>): void {
  if (all.has(module)) return;
  all.add(module);
  const code = readFileSync(join(root, DIRECTORY, `es/${module}_pb.js`), "utf8");
  for (const [, path = ""] of code.matchAll(/from "(\.[^"]+)_pb\.js"/g)) {
    addNeeded(join(dirname(module), path), all);
  }
}
