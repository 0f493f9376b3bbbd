import { create } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextValues,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { Call, CallFn, CallProgress, WaitReason } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { RunningCalls } from "../context/running-calls.ts";
import { describeFailure, findFailure } from "../faults/failure.ts";
import { faultError } from "../faults/fault-error.ts";

export interface CallTransportOptions {
  /** In milliseconds; 0: none. */
  readonly defaultTimeoutMs: number;
  readonly running: RunningCalls;
  /** Begins to connect if need be, while the request is prepared. */
  readonly warmUp: () => void;
  /** Why a call that has not been sent has to wait, where that is known. */
  readonly whyWaiting: () => WaitReason | undefined;
}

/** Gives each call its context and ends it in time, whatever the layers below are waiting for. */
export function createCallTransport(next: CallFn, options: CallTransportOptions): Transport {
  const { running, defaultTimeoutMs } = options;
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      if (Number.isNaN(timeoutMs)) return Promise.reject(invalidTimeout());
      const call = {
        method,
        message: create(method.input, input),
        header: header === undefined || header instanceof Headers ? header : new Headers(header),
        contextValues: contextValues ?? createContextValues(),
        context: running.begin(signal, timeoutMs ?? defaultTimeoutMs),
        progress: { attempts: 0, unprocessed: 0, sent: false },
      };
      // The layers treat all methods alike; the response is of the method's own type.
      return settle(call as unknown as Call, next, options) as Promise<never>;
    },
    stream: async (method) => {
      throw new ConnectError(`${method.toString()} streams, which is not supported`, Code.Unimplemented);
    },
  };
}

function invalidTimeout(): ConnectError {
  return new ConnectError(
    "timeoutMs: expected milliseconds, or 0 for no limit, got NaN",
    Code.InvalidArgument,
  );
}

/** Settles when the layers below have, or when the context ends, whichever is first. */
function settle(call: Call, next: CallFn, options: CallTransportOptions): Promise<UnaryResponse> {
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
    const succeed = (response: UnaryResponse) => {
      context.offEnd(listener);
      resolve(response);
      context.settle(false);
    };
    try {
      next(call).then(succeed, fail);
    } catch (error) {
      // An interceptor that is no async function.
      fail(error);
    }
  });
}

/** The error of a call that failed, with what is known of it. */
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
 * Zitadel reports its own deadline as whatever failed first because of it, such as a permission that it could not
 * look up. What arrives when the time is up is therefore the deadline.
 */
function atDeadline(error: unknown, context: CallContext): unknown {
  if (context.remainingMs() > 0 || findFailure(error)?.fault === "deadline") return error;
  return faultError("deadline", "The server responded when the time was up", { cause: error });
}

/** A deadline that passed while the call was waiting for a connection, or for its turn, says so. */
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
