import * as zlib from "node:zlib";
import { CodegenError } from "../../errors.ts";

/** The most that is decompressed, in bytes: an archive of a repository has much that is not read. */
const MAX_STREAM_BYTES = 2 ** 30;

interface Compression {
  readonly name: string;
  readonly magic: readonly number[];
  readonly open: () => NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>;
}

const COMPRESSIONS: readonly Compression[] = [
  { name: "gzip", magic: [0x1f, 0x8b], open: () => zlib.createGunzip() },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], open: openZstd },
];

/** Decompresses bytes, by the format that their beginning shows, as a stream that is never ahead of its reader. */
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
    throw new CodegenError("it is compressed with zstd, which Node supports since 22.15");
  }
  return zlib.createZstdDecompress();
}
