import { create } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextValues,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import type { Call, CallFn } from "../call.ts";
import { describeFailure, failureOf } from "../faults/failure.ts";
import { faultError } from "../faults/fault-error.ts";
import type { Alarms } from "./alarms.ts";
import { Lifetime } from "./lifetime.ts";

/** Gives each call its lifetime and ends it in time, whatever the layers below are waiting for. */
export function createCallTransport(
  next: CallFn,
  defaultTimeoutMs: number,
  clock: Clock,
  alarms: Alarms,
): Transport {
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      if (Number.isNaN(timeoutMs)) return Promise.reject(noTimeout());
      const call = {
        method,
        message: create(method.input, input),
        header: header === undefined || header instanceof Headers ? header : new Headers(header),
        contextValues: contextValues ?? createContextValues(),
        lifetime: new Lifetime(clock, alarms, signal, timeoutMs ?? defaultTimeoutMs),
        progress: { attempts: 0, sent: false },
      };
      // The layers treat all methods alike; the answer is of the method's own type.
      return settle(call as unknown as Call, next) as Promise<never>;
    },
    stream: async (method) => {
      throw new ConnectError(`${method.toString()} streams, which is not supported`, Code.Unimplemented);
    },
  };
}

function noTimeout(): ConnectError {
  return new ConnectError(
    "timeoutMs: expected milliseconds, or 0 for no limit, got NaN",
    Code.InvalidArgument,
  );
}

/** Settles when the layers below have, or when the lifetime ends, whichever is first. */
function settle(call: Call, next: CallFn): Promise<UnaryResponse> {
  const { lifetime } = call;
  return new Promise((resolve, reject) => {
    const listener = { onLifetimeEnd: () => fail(lifetime.ended) };
    const fail = (error: unknown) => {
      lifetime.offEnd(listener);
      reject(finished(call, error));
      lifetime.settle(true);
    };
    if (lifetime.ended !== undefined) return fail(lifetime.ended);
    lifetime.onEnd(listener);
    const succeed = (response: UnaryResponse) => {
      lifetime.offEnd(listener);
      resolve(response);
      lifetime.settle(false);
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
function finished({ lifetime, progress }: Call, error: unknown): unknown {
  const final = lifetime.ended ?? atDeadline(error, lifetime);
  describeFailure(final, {
    attempts: progress.attempts,
    elapsedMs: lifetime.elapsedMs(),
    unprocessed: !progress.sent,
  });
  return final;
}

/**
 * Zitadel answers its own deadline with whatever failed first because of it, such as a permission that it
 * could not look up. What arrives when the time is up is therefore the deadline.
 */
function atDeadline(error: unknown, lifetime: Lifetime): unknown {
  if (lifetime.remainingMs() > 0 || failureOf(error)?.fault === "deadline") return error;
  return faultError("deadline", "The server answered when the time was up", { cause: error });
}
