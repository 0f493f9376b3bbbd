import { readFile } from "node:fs/promises";
import { CodegenError } from "../errors.ts";
import { parseLock, readLockedFiles } from "../lock.ts";
import type { Source } from "./source.ts";

/** The API that code was last generated from. */
export function createLockSource(spec: string, file: string): Source {
  return {
    spec,
    async read() {
      const text = await readFile(file, "utf8").catch((error: Error) => {
        throw new CodegenError(`There is no lock file ${file}: run generate first`, { cause: error });
      });
      return await readLockedFiles(parseLock(text, file), file);
    },
  };
}
