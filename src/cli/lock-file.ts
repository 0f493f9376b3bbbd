import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lock, parseLock } from "../codegen/lock.ts";
import { LOCK_FILE } from "../codegen/sources/parse-source.ts";
import type { LoadedConfig } from "./config.ts";

/** Where the lock of a configuration is; nowhere without a configuration, which could make it again. */
export function lockFileOf({ file, directory }: LoadedConfig): string | undefined {
  return file === undefined ? undefined : join(directory, LOCK_FILE);
}

/** Reads a lock, if there is one. */
export function readLock(file: string | undefined): Lock | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  return parseLock(readFileSync(file, "utf8"), file);
}

/** Writes a lock, at once. */
export function writeLock(file: string, lock: Lock): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}
