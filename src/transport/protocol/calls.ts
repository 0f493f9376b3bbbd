import type { DescMethodServerStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import type { Call, CallFn, CallMethod } from "../call.ts";
import { faultError } from "../faults.ts";
import { whenStarted } from "../streams.ts";
import { COMPRESSED, decode, encode, FrameReader, frame, gzip } from "./payload.ts";
import { createRequestHeaders } from "./request-headers.ts";
import type {
  EncodedStreamRequest,
  EncodedUnaryRequest,
  RawResponse,
  StreamFormat,
  StreamingResponse,
  UnaryOptions,
  WireFormat,
} from "./wire-format.ts";

/** Sends the requests of calls. */
export interface Carrier {
  readonly send: (request: EncodedUnaryRequest) => Promise<RawResponse>;
  readonly open: (request: EncodedStreamRequest) => Promise<StreamingResponse>;
}

/** The formats of a protocol, for both kinds of calls. */
export interface Formats {
  readonly unary: WireFormat;
  readonly stream: StreamFormat;
}

/** Makes calls in one protocol, over any carrier. */
export function createCalls({ send, open }: Carrier, formats: Formats, options: UnaryOptions): CallFn {
  const unary = createUnary(send, formats.unary, options);
  const stream = createServerStream(open, formats.stream, options);
  return (call) => (call.method.methodKind === "unary" ? unary(call) : stream(call));
}

/** Reads a whole body. Fails if it has more than `maxBytes`. */
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

/** Makes unary calls in one protocol. */
function createUnary(
  send: (request: EncodedUnaryRequest) => Promise<RawResponse>,
  format: WireFormat,
  options: UnaryOptions,
): CallFn {
  const { readMaxBytes, compressMinBytes } = options;
  const requestHeaders = createRequestHeaders(format, options);
  // Servers compress everything that they may, even a few bytes. So compression is only accepted for methods with large responses.
  const large = new WeakSet<CallMethod>();
  return async (call) => {
    const { method, context, progress } = call;
    const payload = encode(call);
    const compressed = payload.length >= compressMinBytes;
    const body = format.frame(compressed ? await gzip(payload) : payload, compressed);
    const response = await send({
      context,
      progress,
      repeatable: call.repeatable === true,
      body,
      readMaxBytes,
      envelopeBytes: format.envelopeBytes,
      wantsTrailers: format.wantsTrailers,
      headers: () => requestHeaders(call, compressed, large.has(method)),
    });
    const read = format.read(response, readMaxBytes);
    const bytes = read instanceof Uint8Array ? read : await read;
    if (bytes.length >= compressMinBytes) large.add(method);
    return toUnaryResponse(call, response, format, decode(method, bytes));
  };
}

function toUnaryResponse(
  { method }: Call,
  response: RawResponse,
  format: WireFormat,
  message: Message,
): UnaryResponse {
  let header: Headers | undefined;
  let trailer: Headers | undefined;
  return {
    stream: false,
    service: method.parent,
    method: method as DescMethodUnary,
    message,
    // Rarely used.
    get header() {
      header ??= format.header(response);
      return header;
    },
    get trailer() {
      trailer ??= format.trailer(response);
      return trailer;
    },
  };
}

/** Makes calls with streaming responses in one protocol. Nothing is compressed. */
function createServerStream(
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
      repeatable: call.repeatable === true,
      body: frame(encode(call), 0),
      headers: () => requestHeaders(call, false, false),
    });
    const { headers } = response;
    if (!format.isStream(headers)) {
      format.reject({ headers, body: await readError(response), trailers: response.trailers });
    }
    let trailer = new Headers();
    const messages = readMessages(call, response, format, {
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

async function* readMessages(
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
      if (last !== undefined) throw faultError("malformed-response", "The stream continues after its end");
      if ((next.flags & COMPRESSED) !== 0) {
        throw faultError("malformed-response", "The message is compressed, which was not requested");
      }
      if ((next.flags & format.endFlag) === 0) yield decode(method, next.payload);
      else last = next.payload;
    }
  }
  const trailer = frames.isWithinFrame ? undefined : format.end(last, response);
  if (trailer === undefined) throw response.cutShort();
  onTrailer(trailer);
}
