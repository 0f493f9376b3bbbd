import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import { MAX_BYTES } from "./limits.ts";

/** Compresses an image with Brotli. The best quality would take ten times as long, to save a tenth of the size. */
export async function compressImage(image: Uint8Array): Promise<Uint8Array> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  return await promisify(brotliCompress)(image, { params });
}

/** Reverts {@link compressImage}. */
export async function decompressImage(compressed: Uint8Array): Promise<Uint8Array> {
  return await promisify(brotliDecompress)(compressed, { maxOutputLength: MAX_BYTES });
}
