import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageShape,
} from "@bufbuild/protobuf";
import {
  type ContextKey,
  type ContextValues,
  createContextKey,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { HeaderFields } from "../shared/fixed-headers.ts";
import type { CallContext } from "./context/call-context.ts";

/** The RPCs that can be called: those with one request, and one response or a stream of them. */
export type CallMethod<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> =
  | DescMethodUnary<I, O>
  | DescMethodServerStreaming<I, O>;

/** A call as the layers pass it on. Each layer is a {@link CallFn} around the next. */
export interface Call<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: CallMethod<I, O>;
  readonly message: MessageShape<I>;
  readonly header: HeaderFields | undefined;
  /** The value of `authorization`, unless `header` has one. Kept apart because it differs between attempts. */
  readonly authorization?: string | undefined;
  /** Whether it may be sent again after the server may have processed it. Set by the layer of retries. Default: no. */
  readonly repeatable?: boolean | undefined;
  readonly contextValues: ContextValues;
  readonly context: CallContext;
  readonly progress: CallProgress;
}

/** The progress of a call, over all its attempts. */
export interface CallProgress {
  attempts: number;
  /** How many of them were provably not processed, and so do not count. */
  unprocessed: number;
  /** A request was sent that the server may have processed. */
  sent: boolean;
}

/**
 * What a call returns. A stream resolves with its first message, or its end: until then, it is sent and fails like any
 * other call, so failures of both are handled in one place.
 */
export type CallResponse = UnaryResponse | StreamResponse;

export type CallFn = (call: Call) => Promise<CallResponse>;

/** What a call is waiting for. */
export interface WaitReason {
  /** There is a connection, and others are using it. */
  readonly connected: boolean;
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Which failures of a call are retried. `auto`: what is safe for its method. `idempotent`: as if it were a read, for a
 * write that may run twice. `never`: none, not even those that provably did not reach the server.
 */
export type RetryMode = "auto" | "idempotent" | "never";

/** Sets the {@link RetryMode} of a single call, in its `contextValues`. */
export const retryMode: ContextKey<RetryMode | undefined> = createContextKey<RetryMode | undefined>(
  undefined,
  { description: "zitadel-connect: retry mode" },
);
