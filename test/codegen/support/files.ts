import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory that is removed with its scope. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

/** Creates a directory with files. `parent` is where, by default among the system's temporary ones. */
export function temporaryDirectory(
  files: Record<string, string | Uint8Array> = {},
  parent = tmpdir(),
): TemporaryDirectory {
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, "test-"));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), contents);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
