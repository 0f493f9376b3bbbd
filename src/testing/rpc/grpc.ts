import { ConnectError } from "@connectrpc/connect";
import { contentTypeProto, parseTimeout } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import { GZIP, isKnownEncoding } from "./compression.ts";
import { addStatus, readFrame, toFrame, writeFrame } from "./grpc-frames.ts";
import type { Outcome, Payload, RpcProtocol } from "./protocol.ts";

/**
 * v1 and v2 services use different gRPC libraries on the server. v2 sends the request id of an error in the trailers;
 * v1 always sends it in the headers, with additional ones.
 */
export type Generation = "v1" | "v2";

/** gRPC over HTTP/2, with the status in HTTP trailers. */
export function createGrpcProtocol(generation: Generation): RpcProtocol {
  return {
    name: "grpc",
    read: (request) => read(request, generation),
    timeoutMs: parseTimeoutMs,
    write: (request, outcome) => {
      const { result, trailers, requestId } = outcome;
      const status = addStatus(result, trailers);
      if (generation === "v1") {
        return { ...writeBody(request, outcome, createV1Headers(outcome, "grpc")), trailers: status };
      }
      const failed = result instanceof ConnectError;
      if (failed && requestId !== undefined) status.set("x-request-id", requestId);
      const headers = createV2Headers(outcome, !failed);
      // The server reports an unknown encoding as an empty one.
      if (!isKnownEncoding(request.headers.get("grpc-encoding"))) headers.set("grpc-encoding", "");
      return { ...writeBody(request, outcome, headers), trailers: status };
    },
  };
}

/** gRPC-web, with the status in the last frame of the body. An error has only headers. */
export function createGrpcWebProtocol(generation: Generation): RpcProtocol {
  return {
    name: "grpc-web",
    read: (request) => read(request, generation),
    timeoutMs: parseTimeoutMs,
    write: (request, outcome) => {
      const headers =
        generation === "v1" ? createV1Headers(outcome, "grpc-web") : createV2Headers(outcome, true);
      const status = addStatus(outcome.result, outcome.trailers);
      if (outcome.result instanceof ConnectError) {
        for (const [name, value] of status) headers.set(name, value);
        return writeBody(request, outcome, headers);
      }
      const response = writeBody(request, outcome, headers);
      return {
        ...response,
        body: Buffer.concat([toBytes(response.body), toFrame(trailerFlag, trailerSerialize(status))]),
      };
    },
  };
}

/** The maximum size of a request. v2 has no limit. */
const MAX_BYTES: Readonly<Record<Generation, number>> = { v1: 4 << 20, v2: Number.POSITIVE_INFINITY };

function read({ body, headers }: HttpRequest, generation: Generation): Payload {
  const binary = !(headers.get("content-type") ?? "").includes("+json");
  return { bytes: readFrame(body, headers, MAX_BYTES[generation]), binary };
}

function parseTimeoutMs(headers: Headers): number | undefined {
  return parseTimeout(headers.get("grpc-timeout"), Number.MAX_SAFE_INTEGER).timeoutMs;
}

function writeBody(request: HttpRequest, { result }: Outcome, headers: Headers): HttpResponse {
  const contentType = request.headers.get("content-type") ?? contentTypeProto;
  if (result instanceof ConnectError) return respond(200, contentType, "", headers);
  const { frame, gzip } = writeFrame(result, request.headers);
  if (gzip) headers.set("grpc-encoding", GZIP);
  return respond(200, contentType, frame, headers);
}

function createV2Headers({ headers, requestId }: Outcome, named: boolean): Headers {
  const all = new Headers(headers);
  all.set("grpc-accept-encoding", GZIP);
  if (named && requestId !== undefined) all.set("x-request-id", requestId);
  return all;
}

function createV1Headers({ headers, requestId }: Outcome, protocol: "grpc" | "grpc-web"): Headers {
  const all = new Headers(headers);
  if (requestId !== undefined) {
    all.set("x-request-id", requestId);
    all.set("grpc-metadata-cache-control", "no-store");
    all.set("grpc-metadata-expires", new Date().toUTCString());
    all.set("grpc-metadata-pragma", "no-cache");
  }
  if (protocol === "grpc") all.set("trailer", "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin");
  else all.set("access-control-expose-headers", [...all.keys(), "grpc-status", "grpc-message"].join(", "));
  return all;
}

function toBytes(body: Uint8Array | string): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}
