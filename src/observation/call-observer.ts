import type { DescMessage, DescMethod, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { ZitadelError } from "../errors/zitadel-error.ts";
import type { TransportEvent } from "../transport/events.ts";

/** Watches calls, each from its start to its end with all its attempts: for logs, traces and metrics. */
export interface CallObserver {
  /** Called when a call starts. What it returns watches this call; `undefined` when nobody wants to know. */
  begin(call: StartedCall): CallObservation | undefined;
}

/** What an observer has for one call. Its errors are swallowed: they must not fail the call. */
export interface CallObservation {
  /** Runs the call, for an observer that has a context for it. Must return what `call` returns. */
  run?<T>(call: () => T): T;
  /** Told of each attempt. */
  event?(event: TransportEvent): void;
  /** Called once, before the caller gets the response or the error; for a stream when nobody reads it any more. */
  end?(call: FinishedCall): void;
}

/** A call that starts. */
export interface StartedCall {
  /** As `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  readonly descriptor: DescMethod;
  /** The origin of the server. */
  readonly origin: string;
  /** The protocol that is tried first. */
  readonly protocol: "connect" | "grpc" | "grpc-web";
  /** The request as the caller gave it. It may hold secrets. */
  readonly request: MessageInitShape<DescMessage>;
  /** Headers of the request. An observer may add some, to propagate its context. */
  readonly headers: Headers;
}

/** A call that has ended. */
export interface FinishedCall {
  /** Why it failed; absent when it succeeded. */
  readonly error: ZitadelError | undefined;
  /** The response; absent where it was a stream. It may hold secrets. */
  readonly response: Message | undefined;
  /** The protocol of the answer; absent where there was none. */
  readonly protocol: "connect" | "grpc" | "grpc-web" | undefined;
  readonly attempts: number;
  readonly durationMs: number;
  /** The id under which the server's log has the request. */
  readonly requestId: string | undefined;
}
