import { types } from "node:util";
import { WebhookError } from "./webhook-error.ts";

/** A body as it was sent: its bytes, or the text that they encode in UTF-8. Not a parser's result. */
export type WebhookBody = string | Uint8Array | ArrayBuffer;

/**
 * The bytes of a body; `undefined` for anything else. Avoids `instanceof`: test runners have their own `Uint8Array`.
 */
export function toBytes(body: unknown): Uint8Array | undefined {
  if (typeof body === "string") return Buffer.from(body);
  if (types.isUint8Array(body)) return body;
  return types.isAnyArrayBuffer(body) ? new Uint8Array(body) : undefined;
}

/** The bytes of a body that was already read. */
export function requireBytes(body: unknown, maxBytes: number): Uint8Array {
  const bytes = toBytes(body);
  if (bytes === undefined) throw bodyParsed();
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

/** Reads a body, up to `maxBytes`. */
export async function readLimited(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      read.push(chunk);
    }
  } catch (error) {
    throw error instanceof WebhookError
      ? error
      : new WebhookError("body_unreadable", "the body could not be read", error);
  }
  return Buffer.concat(read);
}

/** Refuses a body by its Content-Length, before reading it. */
export function checkLength(contentLength: string | null | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** The error for a body that something has already read without keeping its bytes. */
export function bodyParsed(): WebhookError {
  return new WebhookError(
    "body_parsed",
    "a parser has already read the body, but the signature needs its bytes. In Express, mount the handler " +
      "before express.json(), or keep the bytes: express.json({ verify: (req, res, buf) => { req.rawBody = buf } }). " +
      "In Next.js, set bodyParser: false. In Fastify, add a content type parser with parseAs: " +
      '"buffer", and pass request.body as the third argument',
  );
}

function tooLarge(maxBytes: number): WebhookError {
  return new WebhookError("body_too_large", `the body has more than ${maxBytes} bytes`);
}
