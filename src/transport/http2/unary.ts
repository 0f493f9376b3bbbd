import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import { type Call, type CallFn, type CallMethod, isIdempotent } from "../call.ts";
import { gzip } from "../protocol/compression.ts";
import { decode, encode } from "../protocol/messages.ts";
import { createRequestHeaders } from "../protocol/request-headers.ts";
import type { RawResponse, UnaryOptions, WireFormat } from "../protocol/wire-format.ts";
import { sendRequest } from "./request.ts";
import type { SessionPool } from "./session-pool.ts";

/** Unary calls in one protocol over HTTP/2. */
export function createHttp2Unary(pool: SessionPool, format: WireFormat, options: UnaryOptions): CallFn {
  const { readMaxBytes, compressMinBytes } = options;
  const requestHeaders = createRequestHeaders(format, options);
  // Servers compress whatever they may, down to a few bytes, where it only costs. So they may where it has
  // paid before.
  const large = new WeakSet<CallMethod>();
  return async (call) => {
    const { method, context, progress } = call;
    const payload = encode(call);
    const compressed = payload.length >= compressMinBytes;
    const body = format.frame(compressed ? await gzip(payload) : payload, compressed);
    const response = await sendRequest(pool, {
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
    // Few look at them.
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
