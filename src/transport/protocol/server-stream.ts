import type { DescMethodServerStreaming, Message } from "@bufbuild/protobuf";
import { type Call, type CallFn, isIdempotent } from "../call.ts";
import { faultError } from "../faults.ts";
import { whenStarted } from "../streams.ts";
import { FrameReader, frame } from "./frames.ts";
import { decode, encode } from "./payload.ts";
import { createRequestHeaders } from "./request-headers.ts";
import type { EncodedStreamRequest, StreamFormat, StreamingResponse, UnaryOptions } from "./wire-format.ts";

/** Makes calls with streaming responses in one protocol. Nothing is compressed. */
export function createServerStream(
  open: (request: EncodedStreamRequest) => Promise<StreamingResponse>,
  format: StreamFormat,
  options: UnaryOptions,
): CallFn {
  const requestHeaders = createRequestHeaders(format, options);
  return async (call) => {
    const { context, progress, method } = call;
    const response = await open({
      context,
      progress,
      idempotent: isIdempotent(call),
      body: frame(encode(call), 0),
      headers: () => requestHeaders(call, false, false),
    });
    const { headers } = response;
    if (!format.isStream(headers)) {
      format.reject({ headers, body: await readError(response), trailers: response.trailers });
    }
    let trailer = new Headers();
    const messages = read(call, response, format, {
      maxBytes: options.readMaxBytes,
      onTrailer: (trailers) => {
        trailer = trailers;
      },
    });
    return {
      stream: true,
      service: method.parent,
      method: method as DescMethodServerStreaming,
      header: format.header({ ...response, body: NOTHING }),
      get trailer() {
        return trailer;
      },
      message: await whenStarted(messages),
    };
  };
}

const NOTHING = new Uint8Array(0);
/** How much is read of a response that is not a stream, for its error. */
const MAX_ERROR_BYTES = 64 * 1024;

async function readError({ body }: StreamingResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES);
}

interface ReadOptions {
  readonly maxBytes: number;
  readonly onTrailer: (trailer: Headers) => void;
}

async function* read(
  { method }: Call,
  response: StreamingResponse,
  format: StreamFormat,
  { maxBytes, onTrailer }: ReadOptions,
): AsyncGenerator<Message> {
  const frames = new FrameReader(maxBytes);
  let last: Uint8Array | undefined;
  for await (const chunk of response.body) {
    frames.push(chunk);
    for (let next = frames.next(); next !== undefined; next = frames.next()) {
      if (last !== undefined) throw faultError("malformed-response", "The stream goes on after its end");
      if ((next.flags & COMPRESSED) !== 0) {
        throw faultError("malformed-response", "The message is compressed, which nobody asked for");
      }
      if ((next.flags & format.endFlag) === 0) yield decode(method, next.payload);
      else last = next.payload;
    }
  }
  const trailer = frames.isWithinFrame ? undefined : format.end(last, response);
  if (trailer === undefined) throw response.cutShort();
  onTrailer(trailer);
}

const COMPRESSED = 1;
