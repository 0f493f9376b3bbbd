import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { methodName } from "../../descriptor/method-name.ts";
import type { Call, CallFn, CallResponse } from "../call.ts";
import { fromStream, toStream } from "../streams.ts";

type AnyRequest = UnaryRequest | StreamRequest;
type AnyFn = (request: AnyRequest) => Promise<CallResponse>;

/** Runs Connect's interceptors, the first one outermost, around `next`. */
export function withInterceptors(interceptors: readonly Interceptor[], origin: string, next: CallFn): CallFn {
  if (interceptors.length === 0) return next;
  const innermostFirst = interceptors.toReversed();
  return (call) => {
    const request = toRequest(call, origin);
    let run: AnyFn = (passed) =>
      passed === request ? next(withHeader(call, passed)) : nextWith(next, call, { request, passed });
    for (const interceptor of innermostFirst) run = interceptor(run);
    return run(request);
  };
}

function toRequest(call: Call, origin: string): AnyRequest {
  const { method, message, header, contextValues, context } = call;
  const common = {
    service: method.parent,
    requestMethod: "POST",
    url: `${origin}/${methodName(method)}`,
    header: new Headers(header === undefined ? [] : [...header]),
    contextValues,
    signal: context.signal,
  };
  return method.methodKind === "unary"
    ? { ...common, stream: false, method, message }
    : { ...common, stream: true, method, message: toStream(message) };
}

/** Spelled out rather than spread, because it runs for every call. */
function withHeader(
  { method, message, authorization, contextValues, context, progress }: Call,
  { header }: AnyRequest,
): Call {
  return { method, message, header, authorization, contextValues, context, progress };
}

/** Sends a request that an interceptor has made itself, perhaps with its own signal. */
async function nextWith(
  next: CallFn,
  call: Call,
  { request, passed }: { readonly request: AnyRequest; readonly passed: AnyRequest },
): Promise<CallResponse> {
  const { header, contextValues, signal } = passed;
  const message = passed.message === request.message ? call.message : await readMessage(passed, call);
  if (call.context.owns(signal)) return await next({ ...call, message, header, contextValues });
  const context = call.context.linked(signal);
  let streaming = false;
  try {
    const response = await next({ ...call, message, header, contextValues, context });
    streaming = response.stream;
    return response;
  } finally {
    // The context of a stream ends with that of the call.
    if (!streaming) context.finish();
  }
}

async function readMessage(passed: AnyRequest, { message }: Call): Promise<Call["message"]> {
  return passed.stream ? ((await fromStream(passed.message)) ?? message) : passed.message;
}
