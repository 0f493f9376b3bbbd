import type { Readable } from "node:stream";

/**
 * Reads a complete body; rejects if the connection ends before. Most requests of a test are small, and for them
 * `node:stream/consumers`, which creates a `Blob`, takes longer than many calls.
 */
export function readBody(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    // Copies the chunks, which are parts of larger buffers.
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
    stream.on("close", () => {
      if (!stream.readableEnded) reject(new Error("the connection ended before the body"));
    });
  });
}
