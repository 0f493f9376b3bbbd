/** What CBOR (RFC 8949) is decoded to. Tags are left out; of what is not in attestations, nothing is known. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap;

export type CborMap = Map<number | string, CborValue>;

/** Decodes the item at the beginning. Throws a `RangeError` for anything else, and for what is cut off. */
export function decodeCbor(bytes: Uint8Array): { value: CborValue; length: number } {
  const reader = { bytes: Buffer.from(bytes), offset: 0 };
  const value = readItem(reader);
  return { value, length: reader.offset };
}

interface Reader {
  readonly bytes: Buffer;
  offset: number;
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

function readItem(reader: Reader): CborValue {
  const first = reader.bytes.readUInt8(reader.offset);
  reader.offset += 1;
  const major = first >> 5;
  if (major > TAG) return simple(first & 31);
  const count = readCount(reader, first & 31);
  switch (major) {
    case UNSIGNED:
      return count;
    case NEGATIVE:
      return -1 - count;
    case BYTES:
      return Uint8Array.from(take(reader, count));
    case TEXT:
      return take(reader, count).toString("utf8");
    case ARRAY:
      return items(reader, count);
    case MAP:
      return new Map(pairs(items(reader, 2 * count)));
    default:
      return readItem(reader);
  }
}

/** The argument of an item: its value, or its length. */
function readCount(reader: Reader, info: number): number {
  if (info < 24) return info;
  const length = 2 ** (info - 24);
  if (info > 27) throw new RangeError(`Items of indefinite length are not expected (${info})`);
  const bytes = take(reader, length);
  return length === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, length);
}

function take(reader: Reader, count: number): Buffer {
  const end = reader.offset + count;
  if (end > reader.bytes.length) throw new RangeError("The end is missing");
  const taken = reader.bytes.subarray(reader.offset, end);
  reader.offset = end;
  return taken;
}

/** As many as there are: a wrong count is noticed at the end of the bytes. */
function items(reader: Reader, count: number): CborValue[] {
  const values: CborValue[] = [];
  for (let index = 0; index < count; index += 1) values.push(readItem(reader));
  return values;
}

function pairs([key, value, ...rest]: CborValue[]): [number | string, CborValue][] {
  if (key === undefined || value === undefined) return [];
  return [[toKey(key), value], ...pairs(rest)];
}

function toKey(value: CborValue): number | string {
  if (typeof value === "number" || typeof value === "string") return value;
  throw new RangeError("Keys are expected to be numbers or texts");
}

function simple(info: number): CborValue {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  throw new RangeError(`A simple value is not expected (${info})`);
}
