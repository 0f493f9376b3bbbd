import type { ConnectError } from "@connectrpc/connect";
import type { HttpRequest, HttpResponse } from "../net/http.ts";

/** The message of a request, still encoded. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** Whether it is binary protobuf. Otherwise it is JSON. */
  readonly binary: boolean;
}

/** The result of a call. */
export interface Outcome {
  /** The encoded response, or the error. */
  readonly result: Uint8Array | ConnectError;
  readonly headers: Headers;
  readonly trailers: Headers;
  /** Undefined if the request failed before it was decoded. */
  readonly requestId: string | undefined;
}

/** The mapping of unary calls to HTTP in one protocol. */
export interface RpcProtocol {
  readonly name: "connect" | "grpc" | "grpc-web" | "rest";
  /** Throws a ConnectError if the request is malformed. */
  read(request: HttpRequest): Payload;
  /** The client's timeout. */
  timeoutMs(headers: Headers): number | undefined;
  write(request: HttpRequest, outcome: Outcome): HttpResponse;
}
