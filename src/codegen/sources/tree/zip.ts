import { inflateRawSync } from "node:zlib";
import { CodegenError } from "../../errors.ts";
import { type Tree, TreeBuilder, type Wanted } from "./tree.ts";

/** Format: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The offset of its own header. */
  readonly offset: number;
}

/** Whether bytes begin as a ZIP archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/** Reads the wanted files of a ZIP archive. */
export function readZip(bytes: Buffer, wanted: Wanted): Tree {
  const builder = new TreeBuilder(wanted);
  try {
    for (const entry of readEntries(bytes)) {
      // The stated size is also the limit for decompression.
      if (!entry.name.endsWith("/") && builder.accepts(entry.name, entry.size)) {
        builder.add(entry.name, readContents(bytes, entry));
      }
    }
  } catch (error) {
    if (error instanceof CodegenError) throw error;
    throw new CodegenError("it is a damaged ZIP archive", { cause: error });
  }
  return builder.files;
}

function* readEntries(bytes: Buffer): Iterable<Entry> {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count === 0xffff) throw new CodegenError("it is a ZIP64 archive: give a tar.gz instead");
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt32LE(at) !== CENTRAL_HEADER) throw new CodegenError("it is a damaged ZIP archive");
    const nameLength = bytes.readUInt16LE(at + 28);
    yield {
      // Some Windows programs write backslashes.
      name: bytes
        .toString("utf8", at + 46, at + 46 + nameLength)
        .replaceAll("\\", "/")
        .replace(/^(\.\/)+/, ""),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    };
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

/** Finds the record at the end of the central directory, after which only a comment may follow. */
function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - END_BYTES; at >= Math.max(0, bytes.length - END_BYTES - MAX_COMMENT); at--) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw new CodegenError("it is a damaged ZIP archive");
}

function readContents(
  bytes: Buffer,
  { name, flags, method, offset, compressedSize, size }: Entry,
): Uint8Array {
  if ((flags & 1) !== 0) throw new CodegenError(`${name} in it is encrypted`);
  if (bytes.readUInt32LE(offset) !== LOCAL_HEADER) throw new CodegenError("it is a damaged ZIP archive");
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const stored = bytes.subarray(start, start + compressedSize);
  if (method === 0) return stored;
  if (method !== 8)
    throw new CodegenError(`${name} in it is compressed with an unsupported method (${method})`);
  return inflateRawSync(stored, { maxOutputLength: Math.max(size, 1) });
}
