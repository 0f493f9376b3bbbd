import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Lock, parseLock } from "../codegen/lock.ts";
import { removeCredentials } from "../codegen/sources/credentials.ts";
import { LOCK_FILE } from "../codegen/sources/parse-source.ts";
import type { LoadedConfig } from "./config.ts";

/** The path of a configuration's lock; undefined if there is no configuration to update it from. */
export function toLockFile({ file, directory }: LoadedConfig): string | undefined {
  return file === undefined ? undefined : join(directory, LOCK_FILE);
}

/** Reads a lock, if there is one. */
export function readLock(file: string | undefined): Lock | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  return parseLock(readFileSync(file, "utf8"), file);
}

/** Reads a lock that is about to be replaced; undefined if it cannot be parsed, for example after a merge conflict. */
export function readLockToReplace(file: string | undefined): Lock | undefined {
  try {
    return readLock(file);
  } catch {
    return undefined;
  }
}

/** Writes a lock atomically. */
export function writeLock(file: string, lock: Lock): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}

/** A source as a lock in `to` names it: paths are relative to the lock, so that they are the same for everybody. */
export function toPortableSource(spec: string, directory: string, to: string): string {
  const [path = "", ...options] = spec.split("#");
  const file = resolve(directory, path);
  if (/^(pin|lock|npm:.*|[a-z+]+:\/\/.*|)$/.test(path) || !existsSync(file)) return removeCredentials(spec);
  const name = relative(to, file).replaceAll("\\", "/");
  return [name.startsWith("..") ? name : `./${name}`, ...options].join("#");
}
