import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import { type Call, type CallFn, type CallMethod, isIdempotent } from "../call.ts";
import { faultError } from "../faults.ts";
import { decode, encode, gzip } from "./payload.ts";
import { createRequestHeaders } from "./request-headers.ts";
import { createServerStream } from "./server-stream.ts";
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
export function createUnary(
  send: (request: EncodedUnaryRequest) => Promise<RawResponse>,
  format: WireFormat,
  options: UnaryOptions,
): CallFn {
  const { readMaxBytes, compressMinBytes } = options;
  const requestHeaders = createRequestHeaders(format, options);
  // Servers compress whatever they may, even a few bytes. So compression is only accepted for methods with large responses.
  const large = new WeakSet<CallMethod>();
  return async (call) => {
    const { method, context, progress } = call;
    const payload = encode(call);
    const compressed = payload.length >= compressMinBytes;
    const body = format.frame(compressed ? await gzip(payload) : payload, compressed);
    const response = await send({
      context,
      progress,
      idempotent: isIdempotent(call),
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
