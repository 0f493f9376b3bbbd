import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import { CodegenError } from "./errors.ts";
import { encodeBareImage } from "./image.ts";
import type { Api } from "./read-api.ts";
import { digestOf } from "./read-api.ts";
import { decodeFiles, withoutCredentials } from "./sources/buf-input.ts";
import type { SourceFiles } from "./sources/source.ts";

/** What code was generated from, to compare with later. Committed next to zitadel-connect.json. */
export interface Lock {
  readonly lockVersion: 1;
  /** The source, and what was found there. */
  readonly from: string;
  readonly description: string;
  /** Of the API, without its documentation: `sha256-<base64>`. */
  readonly digest: string;
  /** Of all that the output depends on, and of the output: work is skipped where both are the same. */
  readonly inputs: string;
  readonly output: string;
  /** The API itself, compressed by Brotli, in base64. */
  readonly api: string;
}

/** The same, before code was generated. */
export type LockEntry = Omit<Lock, "inputs" | "output">;

/** Locks an API. The same API gives the same entry. */
export async function lockEntry(from: string, api: Api): Promise<LockEntry> {
  const image = encodeBareImage(api.files);
  // The best quality takes ten times as long for a tenth of the size.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const compressed = await promisify(brotliCompress)(image, { params });
  return {
    lockVersion: 1,
    from: withoutCredentials(from),
    description: api.description,
    digest: digestOf(image),
    api: compressed.toString("base64"),
  };
}

/** Reads a lock file's text. `name` is for errors. */
export function parseLock(text: string, name: string): Lock {
  try {
    const lock: Lock = JSON.parse(text);
    if (lock.lockVersion === 1 && typeof lock.api === "string" && typeof lock.digest === "string")
      return lock;
  } catch {
    // The same to the user as a lock of another form.
  }
  throw new CodegenError(`${name} is not a lock file of this version: generate anew`);
}

/** The API that a lock holds. */
export async function lockedFiles(lock: Lock, name: string): Promise<SourceFiles> {
  try {
    const image = await promisify(brotliDecompress)(Buffer.from(lock.api, "base64"));
    return { description: `${lock.description} as locked`, files: decodeFiles(image, name) };
  } catch (error) {
    throw new CodegenError(`${name} is damaged: generate anew`, { cause: error });
  }
}
