import type { DescMessage, DescMethod, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { ZitadelError } from "../errors/zitadel-error.ts";
import type { TransportEvent } from "../transport/events.ts";

/** Observes calls, each from start to end with all its attempts: for logs, traces and metrics. */
export interface CallObserver {
  /** Called when a call starts. Returns what observes this call, or `undefined` if nothing does. */
  begin(call: StartedCall): CallObservation | undefined;
}

/** Observes one call. Its errors are ignored, so that they cannot fail the call. */
export interface CallObservation {
  /** Runs the call in a context of the observer. Must return what `call` returns. */
  run?<T>(call: () => T): T;
  /** Called with the events of each attempt. */
  event?(event: TransportEvent): void;
  /** Called once, before the caller gets the response or the error; for a stream, when reading ends. */
  end?(call: FinishedCall): void;
}

/** A call that starts. */
export interface StartedCall {
  /** Such as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  readonly descriptor: DescMethod;
  /** The origin of the server. */
  readonly origin: string;
  /** The protocol that is tried first. */
  readonly protocol: "connect" | "grpc" | "grpc-web";
  /** The request as the caller passed it. It may contain secrets. */
  readonly request: MessageInitShape<DescMessage>;
  /** Headers of the request. An observer may add some, to propagate its context. */
  readonly headers: Headers;
}

/** A call that has ended. */
export interface FinishedCall {
  /** Why it failed; absent when it succeeded. */
  readonly error: ZitadelError | undefined;
  /** The response; absent for a stream. It may contain secrets. */
  readonly response: Message | undefined;
  /** The protocol of the response; absent if there was none. */
  readonly protocol: "connect" | "grpc" | "grpc-web" | undefined;
  readonly attempts: number;
  readonly durationMs: number;
  /** The id of the request in the server's log. */
  readonly requestId: string | undefined;
}
