import { type DescMethodUnary, type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryResponse } from "@connectrpc/connect";
import { decode as decodeMessage } from "../../decoding/decode.ts";
import { type Call, type CallFn, isIdempotent } from "../call.ts";
import { faultError } from "../faults/fault-error.ts";
import { gzip } from "../protocol/compression.ts";
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
  const large = new WeakSet<DescMethodUnary>();
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

function encode({ method, message }: Call): Uint8Array {
  try {
    return toBinary(method.input, message);
  } catch (cause) {
    const message = `The request cannot be encoded: ${cause instanceof Error ? cause.message : cause}`;
    throw new ConnectError(message, Code.InvalidArgument, undefined, undefined, cause);
  }
}

function decode({ output }: DescMethodUnary, bytes: Uint8Array): Message {
  try {
    return decodeMessage(output, bytes);
  } catch (cause) {
    throw faultError("malformed-response", `The response is not a ${output.typeName}`, { cause });
  }
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
    method,
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
