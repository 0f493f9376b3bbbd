import { Code, ConnectError } from "@connectrpc/connect";
import type { StreamedResponse } from "../net/http.ts";
import { addStatus, HEAD, readFrame, toFrame } from "./grpc-frames.ts";

/** Handles each message as it arrives. */
export type MessageHandler = (message: Uint8Array) => Promise<Uint8Array>;

/** The default limit of gRPC servers. */
const MAX_BYTES = 4 << 20;

/** Handles a bidirectional gRPC stream, with one response for each message. */
export function handleGrpcStream(
  headers: Headers,
  body: AsyncIterable<Uint8Array>,
  handle: MessageHandler,
): StreamedResponse {
  let failure: ConnectError | undefined;
  async function* responses(): AsyncGenerator<Uint8Array> {
    try {
      for await (const message of splitMessages(headers, body)) yield toFrame(0, await handle(message));
    } catch (error) {
      failure = ConnectError.from(error);
    }
  }
  return {
    headers: new Headers({ "content-type": headers.get("content-type") ?? "application/grpc" }),
    body: responses(),
    trailers: () => addStatus(failure ?? new Uint8Array(), new Headers()),
  };
}

async function* splitMessages(headers: Headers, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let seen: Uint8Array = new Uint8Array();
  for await (const chunk of body) {
    seen = Buffer.concat([seen, chunk]);
    for (let end = findFrameEnd(seen); end !== undefined; end = findFrameEnd(seen)) {
      yield readFrame(seen.subarray(0, end), headers, MAX_BYTES);
      seen = seen.subarray(end);
    }
  }
  // This throws, since the rest is not a complete frame.
  if (seen.length > 0) readFrame(seen, headers, MAX_BYTES);
}

/** The end of the first frame, once it is complete. Throws if the frame is too long. */
function findFrameEnd(seen: Uint8Array): number | undefined {
  if (seen.length < HEAD) return undefined;
  const end = HEAD + new DataView(seen.buffer, seen.byteOffset).getUint32(1);
  if (end > HEAD + MAX_BYTES) throw tooLong(end - HEAD);
  return end <= seen.length ? end : undefined;
}

function tooLong(length: number): ConnectError {
  return new ConnectError(
    `grpc: received message larger than max (${length} vs. ${MAX_BYTES})`,
    Code.ResourceExhausted,
  );
}
