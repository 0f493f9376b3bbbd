import type { DescMethod } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { methodName } from "../descriptor/method-name.ts";
import { toZitadelError } from "../errors/to-zitadel-error.ts";
import { callBack } from "../shared/call-back.ts";
import { toLine } from "../shared/plain-text.ts";
import type { TransportEvent } from "../transport/events.ts";
import { fromStream, toStream, withStreamEnd } from "../transport/streams.ts";
import { callChannel } from "./call-channel.ts";
import type { CallObservation, CallObserver, FinishedCall, StartedCall } from "./call-observer.ts";
import { runInScope } from "./call-scope.ts";

/** Who observes the calls of a client. */
export interface ObservationOptions {
  readonly observers: readonly CallObserver[];
  /** The origin of the server. */
  readonly origin: string;
  /** Finds the protocol that a call is first sent in. */
  readonly findProtocol: (method: DescMethod) => StartedCall["protocol"];
}

/** Passes calls to observers, and to subscribers of the diagnostics channel. Does nothing if there are none. */
export function withObservation(transport: Transport, options: ObservationOptions): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const { headers = header, watched } = begin(method, header, input, options);
      const call = () => transport.unary(method, signal, timeoutMs, headers, input, contextValues);
      if (watched === undefined) return await call();
      const response = await watched.start(call);
      watched.end({ error: undefined, response: response.message }, response.header, response.trailer);
      return response;
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      if (method.methodKind !== "server_streaming") {
        return await transport.stream(method, signal, timeoutMs, header, input, contextValues);
      }
      const request = await fromStream(input);
      const { headers = header, watched } = begin(method, header, request, options);
      const call = () =>
        transport.stream(
          method,
          signal,
          timeoutMs,
          headers,
          toStream(request ?? {}) as typeof input,
          contextValues,
        );
      if (watched === undefined) return await call();
      const response = await watched.start(call);
      return withStreamEnd(response, (end) => {
        const error = end.how === "failed" ? toZitadelError(end.error, method) : undefined;
        watched.end({ error, response: undefined }, error?.metadata ?? response.header);
      });
    },
  };
}

interface Begun {
  /** The headers of the request, with those that observers have added. */
  readonly headers?: Headers;
  /** Absent if the call is not observed. */
  readonly watched?: WatchedCall;
}

function begin(
  method: StartedCall["descriptor"],
  header: HeadersInit | undefined,
  request: StartedCall["request"] | undefined,
  { observers, origin, findProtocol }: ObservationOptions,
): Begun {
  const subscribed = callChannel.isSubscribed();
  if (observers.length === 0 && !subscribed) return {};
  const headers = new Headers(header);
  const start: StartedCall = {
    method: methodName(method),
    descriptor: method,
    origin,
    protocol: findProtocol(method),
    request: request ?? {},
    headers,
  };
  const observations = [...observers, ...(subscribed ? [callChannel] : [])].flatMap(
    (observer) => callBack(() => observer.begin(start)) ?? [],
  );
  return observations.length === 0
    ? { headers }
    : { headers, watched: new WatchedCall(method, observations) };
}

/** An observed call, until it or its stream ends. */
class WatchedCall {
  readonly #method: DescMethod;
  readonly #observations: readonly CallObservation[];
  readonly #startedAt = performance.now();
  #attempts = 0;

  constructor(method: DescMethod, observations: readonly CallObservation[]) {
    this.#method = method;
    this.#observations = observations;
  }

  async start<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await inContexts(this.#observations, () => runInScope((event) => this.#onEvent(event), call));
    } catch (reason) {
      const error = toZitadelError(reason, this.#method);
      this.end({ error, response: undefined }, error.metadata);
      throw error;
    }
  }

  end(outcome: Pick<FinishedCall, "error" | "response">, headers?: Headers, trailers?: Headers): void {
    const finished = {
      ...outcome,
      protocol: readProtocol(headers),
      attempts: outcome.error?.attempts ?? Math.max(this.#attempts, 1),
      durationMs: performance.now() - this.#startedAt,
      requestId: readRequestId(headers) ?? readRequestId(trailers),
    };
    for (const observation of this.#observations) callBack(() => observation.end?.(finished));
  }

  #onEvent(event: TransportEvent): void {
    if (event.type === "attempt-started") this.#attempts++;
    for (const observation of this.#observations) callBack(() => observation.event?.(event));
  }
}

/** Runs a call in the contexts of all observers, the first outermost. */
function inContexts<T>(observations: readonly CallObservation[], call: () => Promise<T>): Promise<T> {
  const [first, ...rest] = observations;
  if (first === undefined) return call();
  return first.run === undefined ? inContexts(rest, call) : inContext(first, () => inContexts(rest, call));
}

/** Runs a call exactly once, whatever an observer does: throw, not run it, or return something else. */
function inContext<T>(observation: CallObservation, call: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  const callOnce = (): Promise<T> => {
    // A call that fails synchronously must not run twice either.
    running ??= (async () => await call())();
    return running;
  };
  callBack(() => observation.run?.(callOnce));
  return callOnce();
}

function readRequestId(headers: Headers | undefined): string | undefined {
  const id = headers?.get("x-request-id");
  return typeof id === "string" ? toLine(id) : undefined;
}

/** The content type shows the protocol of the response, whatever the client had tried before. */
function readProtocol(headers: Headers | undefined): FinishedCall["protocol"] {
  const type = headers?.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  if (type.startsWith("application/grpc")) return "grpc";
  return /^application\/(connect\+)?(proto|json)/.test(type) ? "connect" : undefined;
}
