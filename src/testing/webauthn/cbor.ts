/** A decoded CBOR item (RFC 8949), without tags. Only types that attestations use are supported. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap;

export type CborMap = Map<number | string, CborValue>;

/** Decodes the first item. Throws a `RangeError` if it is incomplete or not supported. */
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
  if (major > TAG) return parseSimple(first & 31);
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
      return readItems(reader, count);
    case MAP:
      return new Map(toPairs(readItems(reader, 2 * count)));
    default:
      return readItem(reader);
  }
}

/** Reads the argument of an item: its value or length. */
function readCount(reader: Reader, info: number): number {
  if (info < 24) return info;
  const length = 2 ** (info - 24);
  if (info > 27) throw new RangeError(`Items of indefinite length are not supported (${info})`);
  const bytes = take(reader, length);
  return length === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, length);
}

function take(reader: Reader, count: number): Buffer {
  const end = reader.offset + count;
  if (end > reader.bytes.length) throw new RangeError("The item is incomplete");
  const taken = reader.bytes.subarray(reader.offset, end);
  reader.offset = end;
  return taken;
}

/** Reads items. A count that is too large fails at the end of the bytes. */
function readItems(reader: Reader, count: number): CborValue[] {
  const values: CborValue[] = [];
  for (let index = 0; index < count; index += 1) values.push(readItem(reader));
  return values;
}

function toPairs([key, value, ...rest]: CborValue[]): [number | string, CborValue][] {
  if (key === undefined || value === undefined) return [];
  return [[toKey(key), value], ...toPairs(rest)];
}

function toKey(value: CborValue): number | string {
  if (typeof value === "number" || typeof value === "string") return value;
  throw new RangeError("Keys must be numbers or texts");
}

function parseSimple(info: number): CborValue {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  throw new RangeError(`The simple value is not supported (${info})`);
}
