import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type Transport,
} from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import type { FixedHeaders, HeaderFields } from "../../shared/fixed-headers.ts";
import type { Call, CallFn, CallMethod, CallProgress, CallResponse, WaitReason } from "../call.ts";
import type { CallContext, RunningCalls } from "../context/call-context.ts";
import { describeFailure, faultError, findFailure } from "../faults.ts";
import { fromStream, type StreamEnd, withStreamEnd } from "../streams.ts";

export interface CallTransportOptions {
  /** In milliseconds; 0 for no limit. */
  readonly defaultTimeoutMs: number;
  readonly running: RunningCalls;
  /** Starts connecting if necessary, while the request is prepared. */
  readonly warmUp: () => void;
  /** Why a call has not been sent yet, if known. */
  readonly whyWaiting: () => WaitReason | undefined;
}

/**
 * Gives each call its context and ends it in time, whatever the layers below are waiting for. A stream has no limit but its
 * own `timeoutMs`, since it may run for as long as there are messages.
 */
export function createCallTransport(next: CallFn, options: CallTransportOptions): Transport {
  const { running, defaultTimeoutMs } = options;
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      if (Number.isNaN(timeoutMs)) return Promise.reject(invalidTimeout());
      const context = running.begin(signal, timeoutMs ?? defaultTimeoutMs);
      const message = create(method.input, input);
      const call = toCall({ method, message, header, contextValues, context });
      // Connect ties the response to the type of the method. The layers treat all methods alike, so they lose the type;
      // decode() ensures that the message is a `method.output`.
      return settle(call, next, options) as Promise<never>;
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      if (method.methodKind !== "server_streaming")
        throw new ConnectError(
          `${methodName(method)} streams its requests, which is not supported`,
          Code.Unimplemented,
        );
      if (Number.isNaN(timeoutMs)) throw invalidTimeout();
      const message = create(method.input, await fromStream(input));
      const context = running.begin(signal, timeoutMs ?? 0);
      const call = toCall({ method, message, header, contextValues, context });
      // As above: the messages are decoded as `method.output`.
      return (await settle(call, next, options)) as never;
    },
  };
}

/** A call as Connect passes it to a transport. */
interface GivenCall {
  readonly method: DescMethod;
  readonly message: Message;
  readonly header: HeadersInit | undefined;
  readonly contextValues: ContextValues | undefined;
  readonly context: CallContext;
}

function toCall({ method, message, header, contextValues, context }: GivenCall): Call {
  return {
    // Both callers have checked its kind, which the compiler does not carry over from a union that Connect declares.
    method: method as CallMethod,
    message,
    header: header === undefined || isFields(header) ? header : new Headers(header),
    contextValues: contextValues ?? createContextValues(),
    context,
    progress: { attempts: 0, unprocessed: 0, sent: false },
  };
}

/** Not by `instanceof Headers`: see {@link FixedHeaders}. */
function isFields(header: HeadersInit): header is HeadersInit & HeaderFields {
  return "has" in header && typeof header.has === "function" && Symbol.iterator in header;
}

function invalidTimeout(): ConnectError {
  return new ConnectError(
    "timeoutMs: expected milliseconds, or 0 for no limit, got NaN",
    Code.InvalidArgument,
  );
}

/** Settles when the layers below do, or when the context ends, whichever comes first. */
function settle(call: Call, next: CallFn, options: CallTransportOptions): Promise<CallResponse> {
  const { context } = call;
  return new Promise((resolve, reject) => {
    const listener = { onContextEnd: () => fail(context.ended) };
    const fail = (error: unknown) => {
      context.offEnd(listener);
      reject(finish(call, error, options));
      context.settle(true);
    };
    if (context.ended !== undefined) return fail(context.ended);
    options.warmUp();
    context.onEnd(listener);
    const succeed = (response: CallResponse) => {
      context.offEnd(listener);
      if (response.stream) {
        resolve(withStreamEnd(response, (end) => settleStream(call, end, options)));
      } else {
        resolve(response);
        context.settle(false);
      }
    };
    try {
      next(call).then(succeed, fail);
    } catch (error) {
      // An interceptor that is not an async function may throw.
      fail(error);
    }
  });
}

/** The context of a stream lasts until reading ends; whatever still runs for it is then canceled. */
function settleStream(call: Call, end: StreamEnd, options: CallTransportOptions): unknown {
  const error = end.how === "failed" ? finish(call, end.error, options) : undefined;
  call.context.settle(end.how !== "complete");
  return error;
}

/** The final error of a failed call, with all that is known about it. */
function finish({ context, progress }: Call, error: unknown, options: CallTransportOptions): unknown {
  const outcome = context.ended ?? atDeadline(error, context);
  const final = withReason(outcome, progress, options.whyWaiting);
  describeFailure(final, {
    attempts: progress.attempts,
    elapsedMs: context.elapsedMs(),
    unprocessed: !progress.sent,
  });
  return final;
}

/**
 * When its own deadline passes, Zitadel reports whatever failed first because of it, such as a permission that it could not
 * look up. So an error that arrives after the deadline is reported as the deadline.
 */
function atDeadline(error: unknown, context: CallContext): unknown {
  if (context.remainingMs() > 0 || findFailure(error)?.fault === "deadline") return error;
  return faultError("deadline", "The server responded after the deadline", { cause: error });
}

/** If the call was waiting for a connection, or for its turn, when the deadline passed, the error says so. */
function withReason(
  error: unknown,
  { sent }: CallProgress,
  whyWaiting: () => WaitReason | undefined,
): unknown {
  if (!(error instanceof ConnectError) || findFailure(error)?.fault !== "deadline") return error;
  const reason = whyWaiting();
  if (reason === undefined || (sent && reason.connected)) return error;
  return faultError("deadline", `${error.rawMessage}: ${reason.message}`, {
    cause: reason.cause ?? error.cause,
  });
}
