import type { ClientHttp2Stream } from "node:http2";
import { Readable } from "node:stream";

const whole = Symbol("whole");

type Marked = ClientHttp2Stream & { [whole]?: boolean };

/**
 * Remembers whether the server itself ended the stream. `node:http2` also ends it, with an orderly `end`, when the
 * server breaks it off by RST_STREAM with NO_ERROR or CANCEL; a body cut short would pass for a whole one. Only in that
 * case is the stream already closed when its end is pushed.
 */
export function markWhole(stream: ClientHttp2Stream): void {
  stream.push = pushMarking;
}

/** Whether the server ended the stream, with all that it had to say. */
export function wasWhole(stream: Marked | undefined): boolean {
  return stream?.[whole] === true;
}

function pushMarking(this: Marked, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null && !this.closed) this[whole] = true;
  return Readable.prototype.push.call(this, chunk, encoding);
}
