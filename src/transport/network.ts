import type { DescService } from "@bufbuild/protobuf";
import type { HttpRequest, HttpResponse } from "../shared/http-client.ts";
import type { CallFn, CallProgress, WaitReason } from "./call.ts";
import type { CallContext } from "./context/call-context.ts";
import type { Protocol } from "./protocol/protocol.ts";

/** An HTTP request that is no call, with what becomes of it. */
export interface TrackedHttpRequest {
  /** With the headers that all requests have. */
  readonly request: PlainRequest;
  readonly context: CallContext;
  readonly progress: CallProgress;
}

/** A request without what is for callers. */
export type PlainRequest = Omit<HttpRequest, "signal">;

/** What carries calls and HTTP requests to one server. */
export interface Network {
  /** Sends a call once. */
  readonly send: CallFn;
  /** Sends an HTTP request once. */
  readonly sendHttp: (tracked: TrackedHttpRequest) => Promise<HttpResponse>;
  /** The protocol that calls of a service are first sent with. */
  firstProtocol(service: DescService): Exclude<Protocol, "auto">;
  /** Begins to connect, for a request that is about to come. */
  warmUp(): void;
  /** Why a request that has not been sent has to wait, where that is known. */
  whyWaiting(): WaitReason | undefined;
  close(): void;
}
