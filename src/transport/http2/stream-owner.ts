import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import { Readable } from "node:stream";

/** Who receives what comes in on a stream. */
export interface StreamOwner {
  onResponse(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void;
  onTrailers(trailers: IncomingHttpHeaders): void;
  onData(chunk: Uint8Array): void;
  /**
   * The server has ended the stream. Headers or trailers may still be on their way through the event loop.
   */
  onWhole(): void;
  /** Nothing more will come, for whatever reason. */
  onClose(): void;
}

const owner: unique symbol = Symbol("owner");

type OwnedStream = ClientHttp2Stream & { [owner]?: StreamOwner | undefined };

/**
 * Tells `to` what comes in on a stream, with as little as possible between the two, because this is done for
 * every call. Listeners are shared functions. The body is taken as it is pushed, past the buffers of a
 * readable stream, whose end means less than it seems: `node:http2` also ends a stream, in all order, that
 * the server broke off by RST_STREAM with NO_ERROR, and a body cut short would pass for a whole one. Only in
 * that case is the stream already closed when its end is pushed.
 */
export function receive(stream: OwnedStream, to: StreamOwner, trailers: boolean): void {
  stream[owner] = to;
  stream.push = push;
  stream.on("response", onResponse);
  if (trailers) stream.on("trailers", onTrailers);
  stream.on("error", onError);
  stream.on("close", onClose);
  // Starts the flow.
  stream.read(0);
}

/**
 * Lets go of the owner. A stream outlives its call by a while, and would keep alive with it all that the call
 * holds.
 */
export function stopReceiving(stream: OwnedStream): void {
  stream[owner] = undefined;
}

function push(this: OwnedStream, chunk: Uint8Array | null): boolean {
  if (chunk !== null) {
    this[owner]?.onData(chunk);
    return true;
  }
  if (!this.closed) this[owner]?.onWhole();
  return Readable.prototype.push.call(this, null);
}

function onResponse(this: OwnedStream, headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
  this[owner]?.onResponse(headers);
}

function onTrailers(this: OwnedStream, trailers: IncomingHttpHeaders): void {
  this[owner]?.onTrailers(trailers);
}

/** What an error means is judged when the stream is closed, which follows. */
function onError(): void {}

function onClose(this: OwnedStream): void {
  this[owner]?.onClose();
}
