import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import { type Call, type CallFn, type CallMethod, isIdempotent } from "../call.ts";
import { gzip } from "./compression.ts";
import { decode, encode } from "./messages.ts";
import type { OutgoingRequest } from "./outgoing.ts";
import { createRequestHeaders } from "./request-headers.ts";
import type { RawResponse, UnaryOptions, WireFormat } from "./wire-format.ts";

/** Unary calls in one protocol, over whatever sends their requests. */
export function createUnary(
  send: (outgoing: OutgoingRequest) => Promise<RawResponse>,
  format: WireFormat,
  options: UnaryOptions,
): CallFn {
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
