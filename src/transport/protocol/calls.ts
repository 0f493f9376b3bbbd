import type { CallFn } from "../call.ts";
import { faultError } from "../faults/fault-error.ts";
import type { OutgoingRequest, OutgoingStreamRequest, StreamingResponse } from "./outgoing.ts";
import { createServerStream } from "./server-stream.ts";
import type { StreamFormat } from "./stream-format.ts";
import { createUnary } from "./unary.ts";
import type { RawResponse, UnaryOptions, WireFormat } from "./wire-format.ts";

/** What carries the requests of calls. */
export interface Carrier {
  readonly send: (outgoing: OutgoingRequest) => Promise<RawResponse>;
  readonly open: (outgoing: OutgoingStreamRequest) => Promise<StreamingResponse>;
}

/** How a protocol writes both kinds of calls. */
export interface Formats {
  readonly unary: WireFormat;
  readonly stream: StreamFormat;
}

/** Calls in one protocol, over whatever carries their requests. */
export function createCalls({ send, open }: Carrier, formats: Formats, options: UnaryOptions): CallFn {
  const unary = createUnary(send, formats.unary, options);
  const stream = createServerStream(open, formats.stream, options);
  return (call) => (call.method.methodKind === "unary" ? unary(call) : stream(call));
}

/** All of a body; one of more than `maxBytes` is refused. */
export async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw faultError("response-too-large", `The response is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
