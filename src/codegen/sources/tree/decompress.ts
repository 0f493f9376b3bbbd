import * as zlib from "node:zlib";
import { CodegenError } from "../../errors.ts";

/** What is decompressed at most, in bytes: an archive of a repository has much that is of no interest. */
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

/** Bytes without the compression that they begin like, as a stream that is never ahead of its reader. */
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
    throw new CodegenError(`it is not compressed by ${compression.name}`, { cause: error });
  }
  if (length > MAX_STREAM_BYTES) {
    throw new CodegenError(`it has more than ${MAX_STREAM_BYTES} bytes once it is decompressed`);
  }
}

function openZstd(): ReturnType<Compression["open"]> {
  if (zlib.createZstdDecompress === undefined) {
    throw new CodegenError("it is compressed by zstd, which Node knows from 22.15 on");
  }
  return zlib.createZstdDecompress();
}
