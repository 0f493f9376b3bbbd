import { Code, ConnectError } from "@connectrpc/connect";
import type { StreamedResponse } from "../net/http.ts";
import { frameOf, HEAD, readFrame, statusFields } from "./grpc-frames.ts";

/** Answers each message as it comes. */
export type AnswerMessage = (message: Uint8Array) => Promise<Uint8Array>;

/** What servers take by default. */
const MAX_BYTES = 4 << 20;

/** A stream of gRPC in both directions: an answer for each message, until there are no more. */
export function grpcStream(
  headers: Headers,
  body: AsyncIterable<Uint8Array>,
  answer: AnswerMessage,
): StreamedResponse {
  let failure: ConnectError | undefined;
  async function* answers(): AsyncGenerator<Uint8Array> {
    try {
      for await (const message of messagesOf(headers, body)) yield frameOf(0, await answer(message));
    } catch (error) {
      failure = ConnectError.from(error);
    }
  }
  return {
    headers: new Headers({ "content-type": headers.get("content-type") ?? "application/grpc" }),
    body: answers(),
    trailers: () => statusFields(failure ?? new Uint8Array(), new Headers()),
  };
}

async function* messagesOf(headers: Headers, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let seen: Uint8Array = new Uint8Array();
  for await (const chunk of body) {
    seen = Buffer.concat([seen, chunk]);
    for (let end = endOfFrame(seen); end !== undefined; end = endOfFrame(seen)) {
      yield readFrame(seen.subarray(0, end), headers, MAX_BYTES);
      seen = seen.subarray(end);
    }
  }
  // What is left is no whole frame, which is for this to say.
  if (seen.length > 0) readFrame(seen, headers, MAX_BYTES);
}

/** Where the first frame ends, once it is there. One that is too long is not waited for. */
function endOfFrame(seen: Uint8Array): number | undefined {
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
