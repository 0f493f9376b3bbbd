import * as zlib from "node:zlib";
import { CodegenError } from "../../errors.ts";
import { MAX_BYTES } from "../../limits.ts";
import { ByteReader } from "./byte-reader.ts";
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

/** The most that is decompressed, in bytes. An archive of a repository contains much that is not read. */
const MAX_STREAM_BYTES = 2 ** 30;
/** How much to decompress at a time. Node's default of 16 KiB takes more than twice as long. */
const CHUNK = { chunkSize: 2 ** 18 };

interface Compression {
  readonly name: string;
  readonly magic: readonly number[];
  readonly open: () => NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>;
}

const COMPRESSIONS: readonly Compression[] = [
  { name: "gzip", magic: [0x1f, 0x8b], open: () => zlib.createGunzip(CHUNK) },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], open: openZstd },
];

/** Decompresses bytes, in the format that their beginning shows, as a stream that is never ahead of its reader. */
export async function* decompress(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const compression = COMPRESSIONS.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte));
  if (compression === undefined) {
    yield bytes;
    return;
  }
  const stream = compression.open();
  stream.end(bytes);
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > MAX_STREAM_BYTES) break;
      yield chunk;
    }
  } catch (error) {
    throw new CodegenError(`it is not valid ${compression.name}`, { cause: error });
  }
  if (length > MAX_STREAM_BYTES) {
    throw new CodegenError(`it has more than ${MAX_STREAM_BYTES} bytes once it is decompressed`);
  }
}

function openZstd(): ReturnType<Compression["open"]> {
  if (zlib.createZstdDecompress === undefined) {
    throw new CodegenError("it is compressed with zstd, which Node supports only since 22.15");
  }
  return zlib.createZstdDecompress(CHUNK);
}
