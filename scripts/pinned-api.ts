import { join } from "node:path";
import type { NpmPackage } from "../src/codegen/sources/npm.ts";
import type { Source } from "../src/codegen/sources/source.ts";
import * as pins from "../src/codegen/update/pinned-package.ts";
import { createPinnedSource } from "../src/codegen/update/pinned-source.ts";

/** The root of this repository. */
export const root: string = join(import.meta.dirname, "..");

/** Reads proto/source.json. */
export function readPin(): pins.Pin {
  return pins.readPin(root);
}

/** The API that proto/source.json pins, from wherever it is. */
export function pinned(): Source {
  return createPinnedSource(readPin(), root);
}

/** The installed package that the pin names. Throws if it is missing or differs from the pinned one. */
export function pinnedPackage(pin: pins.Pin = readPin(), directory: string = root): NpmPackage {
  return pins.requirePinnedPackage(pin, directory);
}
