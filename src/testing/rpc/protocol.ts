import type { ConnectError } from "@connectrpc/connect";
import type { HttpRequest, HttpResponse } from "../net/http.ts";

/** The message of a request, still encoded. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** Binary protobuf; otherwise JSON. */
  readonly binary: boolean;
}

/** What came out of a call. */
export interface Outcome {
  /** The encoded answer, or why there is none. */
  readonly result: Uint8Array | ConnectError;
  readonly headers: Headers;
  readonly trailers: Headers;
  /** Absent when the request failed before the server took notice of it. */
  readonly requestId: string | undefined;
}

/** How one protocol puts unary calls into HTTP. */
export interface RpcProtocol {
  readonly name: "connect" | "grpc" | "grpc-web" | "rest";
  /** Throws a ConnectError where the request is not well-formed. */
  read(request: HttpRequest): Payload;
  /** The time that the client gives the call. */
  timeoutMs(headers: Headers): number | undefined;
  write(request: HttpRequest, outcome: Outcome): HttpResponse;
}
