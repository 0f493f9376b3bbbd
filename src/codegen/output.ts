import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CodegenError } from "./errors.ts";

/** Names of files that generation writes. */
const GENERATED = /(^|\/)([^/]+_pb|services)\.(js|d\.ts|ts)$/;

/**
 * Makes sure that a directory may be replaced: it is not there, is empty, or has nothing but generated code. Whoever
 * names the wrong directory shall not lose it.
 */
export function checkReplaceable(out: string): void {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) throw new CodegenError(`${out} is not a directory`);
  const other = filesIn(out).find((file) => !GENERATED.test(file));
  if (other === undefined) return;
  throw new CodegenError(
    `${out} has files that are not generated, such as ${other}, and would be replaced as a whole: choose a directory of its own`,
  );
}

/** A digest over all files of a directory, whatever line ends Git gave them; nothing where there is none. */
export function outputDigest(out: string): string | undefined {
  if (!existsSync(out)) return undefined;
  const hash = createHash("sha256");
  for (const file of filesIn(out)) {
    hash.update(`${file}\0`).update(readFileSync(join(out, file), "utf8").replaceAll("\r\n", "\n"));
  }
  return `sha256-${hash.digest("base64")}`;
}

function filesIn(directory: string): string[] {
  return globSync("**/{*,.*}", { cwd: directory })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !statSync(join(directory, path)).isDirectory())
    .sort();
}
