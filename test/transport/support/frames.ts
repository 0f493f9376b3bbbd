/** The frames of HTTP/2 (RFC 9113) that tests send and read by hand. */
export const FRAME = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export const SETTING = { maxConcurrentStreams: 3 } as const;

/** Error codes of RST_STREAM and GOAWAY. */
export const ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  http11Required: 13,
} as const;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function encodeFrame({ type, flags, streamId, payload }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Takes whole frames off the front of what has been received. */
export function decodeFrames(received: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let rest = received;
  while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
    const end = 9 + rest.readUIntBE(0, 3);
    frames.push({
      type: rest[3] ?? 0,
      flags: rest[4] ?? 0,
      streamId: rest.readUInt32BE(5) & 0x7fffffff,
      payload: rest.subarray(9, end),
    });
    rest = rest.subarray(end);
  }
  return { frames, rest };
}

/** Header fields in the simplest form of HPACK (RFC 7541): literals without indexing or Huffman coding. */
export function encodeHeaders(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)]),
  );
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const rest = bytes.length - 127;
  const length = rest < 128 ? [127, rest] : [127, (rest & 127) | 128, rest >> 7];
  return Buffer.concat([Buffer.of(...length), bytes]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}
