import { WebhookError } from "./webhook-error.ts";

/** Reads a body, but no more of it than `maxBytes`. */
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

/** Refuses a body by what its header says, before any of it is read. */
export function checkLength(contentLength: string | null | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): WebhookError {
  return new WebhookError("body_too_large", `the body has more than ${maxBytes} bytes`);
}
