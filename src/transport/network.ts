import type { DescService } from "@bufbuild/protobuf";
import type { HttpRequest, HttpResponse } from "../shared/http-client.ts";
import type { CallFn, CallProgress, WaitReason } from "./call.ts";
import type { CallContext } from "./context/call-context.ts";

/** A wire protocol. `auto` uses the best one that the server supports for each service. */
export type Protocol = "auto" | "connect" | "grpc" | "grpc-web";

/** The version of HTTP. `auto`: on TLS the one that the server chooses (by ALPN), otherwise 2. */
export type HttpVersion = "auto" | "1.1" | "2";

/** An HTTP request that is not an RPC, with its context and progress. */
export interface TrackedHttpRequest {
  /** Includes the headers that all requests have. */
  readonly request: PlainRequest;
  readonly context: CallContext;
  readonly progress: CallProgress;
}

/** A request without the signal of its caller. */
export type PlainRequest = Omit<HttpRequest, "signal">;

/** Carries calls and HTTP requests to one server. */
export interface Network {
  /** Sends a call once. */
  readonly send: CallFn;
  /** Sends an HTTP request once. */
  readonly sendHttp: (tracked: TrackedHttpRequest) => Promise<HttpResponse>;
  /** The protocol that calls to a service are first sent in. */
  firstProtocol(service: DescService): Exclude<Protocol, "auto">;
  /** Starts connecting, for a request that is about to come. */
  warmUp(): void;
  /** Why a request has not been sent yet, if known. */
  whyWaiting(): WaitReason | undefined;
  close(): void;
}
