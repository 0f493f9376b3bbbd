import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Records in a generated folder what it was made from, so that it is only made again when that has changed. */
export class Stamp {
  readonly #file: string;
  readonly #digest: string;

  /** `sources` are patterns of files, relative to the parent of `folder`; `others` are sources that are not files. */
  constructor(folder: string, sources: readonly string[], others: readonly string[] = []) {
    this.#file = join(folder, ".stamp");
    const hash = createHash("sha256").update(JSON.stringify(others));
    for (const [path, contents] of readAll(dirname(folder), sources))
      hash.update(`${path}\n`).update(contents);
    this.#digest = hash.digest("hex");
  }

  isCurrent(): boolean {
    return globSync(this.#file).length > 0 && readFileSync(this.#file, "utf8") === this.#digest;
  }

  /** Called before the folder is made, so that one that was made only in part is not taken for current. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }

  write(): void {
    writeFileSync(this.#file, this.#digest);
  }
}

function readAll(directory: string, patterns: readonly string[]): [string, Buffer][] {
  return globSync(patterns, { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(directory, path), readFileSync(path)]);
}
