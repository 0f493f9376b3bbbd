import { ConnectError } from "@connectrpc/connect";
import { contentTypeProto, parseTimeout } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import { GZIP, isKnownEncoding } from "./compression.ts";
import { readFrame, statusFields, toFrame, writeFrame } from "./grpc-frames.ts";
import type { Outcome, Payload, RpcProtocol } from "./protocol.ts";

/**
 * The two generations of services use two libraries, which differ in where they put things: v2 names the request in the
 * trailers of an error, v1 always in the headers, among more of them.
 */
export type Generation = "v1" | "v2";

/** gRPC over HTTP/2: the status is in real trailers. */
export function grpcProtocol(generation: Generation): RpcProtocol {
  return {
    name: "grpc",
    read: (request) => read(request, generation),
    timeoutMs,
    write: (request, outcome) => {
      const { result, trailers, requestId } = outcome;
      const status = statusFields(result, trailers);
      if (generation === "v1") {
        return { ...writeBody(request, outcome, v1Headers(outcome, "grpc")), trailers: status };
      }
      const failed = result instanceof ConnectError;
      if (failed && requestId !== undefined) status.set("x-request-id", requestId);
      const headers = v2Headers(outcome, !failed);
      // The server reports an unknown encoding as an empty one.
      if (!isKnownEncoding(request.headers.get("grpc-encoding"))) headers.set("grpc-encoding", "");
      return { ...writeBody(request, outcome, headers), trailers: status };
    },
  };
}

/** gRPC-web: the status is the last frame of the body; an error has only headers. */
export function grpcWebProtocol(generation: Generation): RpcProtocol {
  return {
    name: "grpc-web",
    read: (request) => read(request, generation),
    timeoutMs,
    write: (request, outcome) => {
      const headers = generation === "v1" ? v1Headers(outcome, "grpc-web") : v2Headers(outcome, true);
      const status = statusFields(outcome.result, outcome.trailers);
      if (outcome.result instanceof ConnectError) {
        for (const [name, value] of status) headers.set(name, value);
        return writeBody(request, outcome, headers);
      }
      const response = writeBody(request, outcome, headers);
      return {
        ...response,
        body: Buffer.concat([asBytes(response.body), toFrame(trailerFlag, trailerSerialize(status))]),
      };
    },
  };
}

/** The maximum size of a request; v2 has no limit. */
const MAX_BYTES: Readonly<Record<Generation, number>> = { v1: 4 << 20, v2: Number.POSITIVE_INFINITY };

function read({ body, headers }: HttpRequest, generation: Generation): Payload {
  const binary = !(headers.get("content-type") ?? "").includes("+json");
  return { bytes: readFrame(body, headers, MAX_BYTES[generation]), binary };
}

function timeoutMs(headers: Headers): number | undefined {
  return parseTimeout(headers.get("grpc-timeout"), Number.MAX_SAFE_INTEGER).timeoutMs;
}

function writeBody(request: HttpRequest, { result }: Outcome, headers: Headers): HttpResponse {
  const contentType = request.headers.get("content-type") ?? contentTypeProto;
  if (result instanceof ConnectError) return respond(200, contentType, "", headers);
  const { frame, gzip } = writeFrame(result, request.headers);
  if (gzip) headers.set("grpc-encoding", GZIP);
  return respond(200, contentType, frame, headers);
}

function v2Headers({ headers, requestId }: Outcome, named: boolean): Headers {
  const all = new Headers(headers);
  all.set("grpc-accept-encoding", GZIP);
  if (named && requestId !== undefined) all.set("x-request-id", requestId);
  return all;
}

function v1Headers({ headers, requestId }: Outcome, protocol: "grpc" | "grpc-web"): Headers {
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

function asBytes(body: Uint8Array | string): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}
