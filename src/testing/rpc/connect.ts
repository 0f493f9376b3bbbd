import { ConnectError } from "@connectrpc/connect";
import {
  codeToHttpStatus,
  contentTypeUnaryProto,
  contentTypeUnaryRegExp,
  errorToJsonBytes,
  parseTimeout,
  trailerMux,
} from "@connectrpc/connect/protocol-connect";
import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import { acceptsGzip, compress, decompress, GZIP } from "./compression.ts";
import type { Outcome, RpcProtocol } from "./protocol.ts";

/** Connect's unary RPCs: plain HTTP, with errors as JSON documents. */
export const connectProtocol: RpcProtocol = {
  name: "connect",
  read: ({ body, headers }) => ({
    bytes: decompress(body, headers.get("content-encoding")),
    binary: headers.get("content-type") === contentTypeUnaryProto,
  }),
  timeoutMs: (headers) => parseTimeout(headers.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER).timeoutMs,
  write: (request, outcome) => {
    const { result } = outcome;
    return result instanceof ConnectError
      ? writeError(result, outcome)
      : writeMessage(request, result, outcome);
  },
};

/** Whether a request is a unary Connect request. */
export function isConnectContentType(contentType: string): boolean {
  return contentTypeUnaryRegExp.test(contentType);
}

function writeMessage(request: HttpRequest, message: Uint8Array, outcome: Outcome): HttpResponse {
  const headers = createResponseHeaders(outcome);
  const gzip = acceptsGzip(request.headers.get("accept-encoding"));
  if (gzip) headers.set("content-encoding", GZIP);
  const contentType = request.headers.get("content-type") ?? contentTypeUnaryProto;
  return respond(200, contentType, gzip ? compress(message) : message, headers);
}

/** Writes an error, which is never compressed. */
function writeError(error: ConnectError, outcome: Outcome): HttpResponse {
  const headers = createResponseHeaders(outcome);
  for (const [name, value] of error.metadata) headers.append(name, value);
  return respond(
    codeToHttpStatus(error.code),
    "application/json",
    errorToJsonBytes(error, undefined),
    headers,
  );
}

function createResponseHeaders({ headers, trailers, requestId }: Outcome): Headers {
  const all = trailerMux(headers, trailers);
  if (requestId !== undefined) all.set("x-request-id", requestId);
  return all;
}
