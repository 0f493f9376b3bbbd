import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import type { Call, CallFn } from "../call.ts";

type UnaryFn = (request: UnaryRequest) => Promise<UnaryResponse>;

/** Runs Connect's interceptors, the first one outermost, around `next`. */
export function withInterceptors(interceptors: readonly Interceptor[], origin: string, next: CallFn): CallFn {
  if (interceptors.length === 0) return next;
  const innermostFirst = interceptors.toReversed();
  return (call) => {
    const request = toRequest(call, origin);
    let run: UnaryFn = (passed) =>
      passed === request ? next(withHeader(call, passed)) : nextWith(next, call, passed);
    for (const interceptor of innermostFirst) {
      // Connect types an interceptor for streams as well; unary in is unary out.
      run = interceptor(run as Parameters<Interceptor>[0]) as UnaryFn;
    }
    return run(request);
  };
}

function toRequest({ method, message, header, contextValues, context }: Call, origin: string): UnaryRequest {
  return {
    stream: false,
    service: method.parent,
    method,
    requestMethod: "POST",
    url: `${origin}/${methodName(method)}`,
    header: new Headers(header),
    contextValues,
    message,
    signal: context.signal,
  };
}

/** Spelled out, since it is done for every call. */
function withHeader(
  { method, message, authorization, contextValues, context, progress }: Call,
  { header }: UnaryRequest,
): Call {
  return { method, message, header, authorization, contextValues, context, progress };
}

/** An interceptor passed on a request of its own making, perhaps with a signal of its own. */
async function nextWith(
  next: CallFn,
  call: Call,
  { message, header, contextValues, signal }: UnaryRequest,
): Promise<UnaryResponse> {
  if (call.context.owns(signal)) return await next({ ...call, message, header, contextValues });
  const context = call.context.linked(signal);
  try {
    return await next({ ...call, message, header, contextValues, context });
  } finally {
    context.finish();
  }
}
