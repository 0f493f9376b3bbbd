/** The parts of DER (ITU-T X.690) that a certificate needs. Each function returns an encoded element. */
export const der = {
  sequence: (...items: Uint8Array[]): Uint8Array => encodeElement(0x30, ...items),
  set: (...items: Uint8Array[]): Uint8Array => encodeElement(0x31, ...items),
  /** A tag of the surrounding structure, around whole elements. */
  explicit: (tag: number, ...items: Uint8Array[]): Uint8Array => encodeElement(0xa0 | tag, ...items),
  /** A tag of the surrounding structure in place of the element's own. */
  implicit: (tag: number, content: Uint8Array): Uint8Array => encodeElement(0x80 | tag, content),
  boolean: (value: boolean): Uint8Array => encodeElement(0x01, Uint8Array.of(value ? 0xff : 0)),
  /** A positive number, given as big-endian bytes. */
  integer: (bytes: Uint8Array): Uint8Array => {
    const first = bytes[0] ?? 0;
    return first < 0x80 ? encodeElement(0x02, bytes) : encodeElement(0x02, Uint8Array.of(0), bytes);
  },
  bitString: (bytes: Uint8Array): Uint8Array => encodeElement(0x03, Uint8Array.of(0), bytes),
  octetString: (bytes: Uint8Array): Uint8Array => encodeElement(0x04, bytes),
  oid: (dotted: string): Uint8Array => {
    const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
    return encodeElement(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(encodeBase128)]));
  },
  utf8: (text: string): Uint8Array => encodeElement(0x0c, Buffer.from(text)),
  /** The years 2000 to 2049. */
  utcTime: (date: Date): Uint8Array =>
    encodeElement(
      0x17,
      Buffer.from(
        `${date
          .toISOString()
          .replace(/\.\d+|[-:T]/g, "")
          .slice(2, 14)}Z`,
      ),
    ),
};

function encodeElement(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Uint8Array.of(tag), encodeLength(body.length), body]);
}

function encodeLength(value: number): Uint8Array {
  if (value < 0x80) return Uint8Array.of(value);
  const bytes = value < 0x100 ? [value] : [value >> 8, value & 0xff];
  return Uint8Array.from([0x80 | bytes.length, ...bytes]);
}

/** Encodes seven bits in each byte. All but the last have the high bit set. */
function encodeBase128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
