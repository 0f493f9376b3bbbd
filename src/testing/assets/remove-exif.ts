/**
 * Removes from a PNG or a JPEG what a camera recorded about where and how it was taken; leaves other types as they are.
 * Throws a RangeError if the file is not of the type that its beginning suggests.
 */
export function removeExif(contentType: string, content: Uint8Array): Uint8Array {
  if (contentType === "image/png") return join(content, PNG_START, readPngChunks(content));
  if (contentType === "image/jpeg") return join(content, JPEG_START, readJpegSegments(content));
  return content;
}

/** A part of a file, from one offset to another. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly isExif: boolean;
}

function join(content: Uint8Array, start: number, parts: readonly Part[]): Uint8Array {
  if (!parts.some(({ isExif }) => isExif)) return content;
  const kept = parts.filter(({ isExif }) => !isExif).map(({ from, to }) => content.subarray(from, to));
  return Buffer.concat([content.subarray(0, start), ...kept]);
}

const PNG_START = 8;
/** The size of the length, the type and the checksum of a chunk, in bytes. */
const CHUNK_FRAME = 12;

/** See PNG (Third Edition), section 5. */
function readPngChunks(content: Uint8Array): Part[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const parts: Part[] = [];
  for (let from = PNG_START, type = ""; type !== "IEND"; from = parts.at(-1)?.to ?? from) {
    const to = from + CHUNK_FRAME + bytes.readUInt32BE(from);
    type = bytes.toString("latin1", from + 4, from + 8);
    if (to > bytes.length) throw new RangeError("a chunk of the PNG is cut off");
    parts.push({ from, to, isExif: type === "eXIf" });
  }
  return parts;
}

const JPEG_START = 2;
const APP1 = 0xff_e1;
/** The marker after which the image itself follows. */
const START_OF_SCAN = 0xff_da;

/** See ITU-T T.81, annex B. */
function readJpegSegments(content: Uint8Array): Part[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const parts: Part[] = [];
  for (let from = JPEG_START; ; from = parts.at(-1)?.to ?? from) {
    const marker = bytes.readUInt16BE(from);
    if (marker < 0xff_c0) throw new RangeError("there is no marker in the JPEG");
    if (marker === START_OF_SCAN) return [...parts, { from, to: bytes.length, isExif: false }];
    const to = from + 2 + bytes.readUInt16BE(from + 2);
    parts.push({
      from,
      to,
      isExif: marker === APP1 && bytes.toString("latin1", from + 4, from + 8) === "Exif",
    });
  }
}
