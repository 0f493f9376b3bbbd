import { CodegenError } from "../../errors.ts";
import { MAX_BYTES } from "../../limits.ts";
import { ByteReader } from "./byte-reader.ts";
import { decompress } from "./decompress.ts";
import { isTarHeader, readTar } from "./tar.ts";
import type { Tree, Wanted } from "./tree.ts";
import { isZip, readZip } from "./zip.ts";

/** The files of an archive, or the decompressed bytes of anything else. */
export type Contents =
  | { readonly kind: "tree"; readonly tree: Tree }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** Opens what may be an archive, recognized by its first bytes. `name` is for errors. */
export async function openContainer(bytes: Buffer, wanted: Wanted, name: string): Promise<Contents> {
  try {
    if (isZip(bytes)) return { kind: "tree", tree: readZip(bytes, wanted) };
    const reader = new ByteReader(decompress(bytes));
    if (isTarHeader(await reader.peek(512))) return { kind: "tree", tree: await readTar(reader, wanted) };
    return { kind: "bytes", bytes: await reader.rest(MAX_BYTES) };
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    throw new CodegenError(`${name}: ${error.message}`, { cause: error });
  }
}
