import { isDeepStrictEqual } from "node:util";
import { compressImage, decompressImage } from "./compression.ts";
import { CodegenError } from "./errors.ts";
import { decodeFiles } from "./files/decode-files.ts";
import type { SourceFiles } from "./sources/source.ts";
import type { OutputFormat } from "./template.ts";

/** The settings that decide which code is generated from an API. */
export interface LockedSettings extends OutputFormat {
  /** Absent if there is no such filter. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/**
 * Records what code was generated from, to compare with later APIs, and to generate the same code again. It is
 * committed next to zitadel-connect.json: nothing in it depends on the machine or the user.
 */
export interface Lock {
  readonly lockVersion: 2;
  /** The source, and the API found there. */
  readonly from: string;
  readonly description: string;
  readonly settings: LockedSettings;
  /** The digest of the API, without its documentation: `sha256-<base64>`. */
  readonly digest: string;
  /**
   * Digests of everything that the output depends on, and of the output: if both are unchanged, generation is skipped.
   */
  readonly inputs: string;
  readonly output: string;
  /** The image that code was generated from, with its documentation, compressed with Brotli, in base64. */
  readonly api: string;
}

/** An image as stored in a lock. The same image gives the same text. */
export async function encodeLockedImage(image: Uint8Array): Promise<string> {
  return Buffer.from(await compressImage(image)).toString("base64");
}

/**
 * Parses a lock file. `name` is for error messages.
 *
 * @throws CodegenError that says what is wrong
 */
export function parseLock(text: string, name: string): Lock {
  const lock = parseJson(text);
  if (isLock(lock)) return lock;
  const problem = /^<{7} /m.test(text) ? "has merge conflict markers" : "is not a lock file of this version";
  throw new CodegenError(`${name} ${problem}: npx zitadel-connect generate recreates it`);
}

function parseJson(text: string): Partial<Lock> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLock(lock: Partial<Lock> | null | undefined): lock is Lock {
  return (
    lock?.lockVersion === 2 &&
    typeof lock.api === "string" &&
    typeof lock.digest === "string" &&
    typeof lock.settings === "object"
  );
}

/** The API stored in a lock. */
export async function readLockedFiles(lock: Lock, name: string): Promise<SourceFiles> {
  try {
    const image = await decompressImage(Buffer.from(lock.api, "base64"));
    const files = decodeFiles(image, name);
    return { description: `${lock.description} as locked`, files, isDocumented: true };
  } catch (error) {
    throw new CodegenError(`${name} is damaged: npx zitadel-connect generate recreates it`, {
      cause: error,
    });
  }
}

/** The settings that differ, by their names in zitadel-connect.json. */
export function findChangedSettings(before: LockedSettings, after: LockedSettings): (keyof LockedSettings)[] {
  const names = ["include", "exclude", "target", "importExtension"] as const;
  return names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
}
