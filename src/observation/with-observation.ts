import type { DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import type { Transport, UnaryResponse } from "@connectrpc/connect";
import { methodName } from "../descriptor/method-name.ts";
import { toZitadelError } from "../errors/to-zitadel-error.ts";
import { callChannel } from "./call-channel.ts";
import type { CallObservation, CallObserver, FinishedCall, StartedCall } from "./call-observer.ts";
import { runInScope } from "./call-scope.ts";

/** Whom the calls of a client are shown to. */
export interface ObservationOptions {
  readonly observers: readonly CallObserver[];
  /** The origin of the server. */
  readonly origin: string;
  /** The protocol that a call is first sent with. */
  readonly protocolOf: (method: DescMethodUnary) => StartedCall["protocol"];
}

/** Shows calls to observers, and to subscribers of the diagnostics channel. Without any it does nothing. */
export function withObservation(transport: Transport, options: ObservationOptions): Transport {
  const { observers } = options;
  return {
    stream: transport.stream.bind(transport),
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const subscribed = callChannel.isSubscribed();
      if (observers.length === 0 && !subscribed) {
        return transport.unary(method, signal, timeoutMs, header, input, contextValues);
      }
      const headers = new Headers(header);
      const start: StartedCall = {
        method: methodName(method),
        descriptor: method,
        origin: options.origin,
        protocol: options.protocolOf(method),
        request: input,
        headers,
      };
      const observations = [...observers, ...(subscribed ? [callChannel] : [])].flatMap(
        (observer) => quietly(() => observer.begin(start)) ?? [],
      );
      const call = () => transport.unary(method, signal, timeoutMs, headers, input, contextValues);
      return observations.length === 0 ? call() : observe(method, observations, call);
    },
  };
}

async function observe<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  observations: readonly CallObservation[],
  call: () => Promise<UnaryResponse<I, O>>,
): Promise<UnaryResponse<I, O>> {
  const startedAt = performance.now();
  let attempts = 0;
  const end = (outcome: Pick<FinishedCall, "error" | "response">, headers?: Headers, trailers?: Headers) => {
    const finished = {
      ...outcome,
      protocol: protocolOfAnswer(headers),
      attempts: outcome.error?.attempts ?? Math.max(attempts, 1),
      durationMs: performance.now() - startedAt,
      requestId: headers?.get("x-request-id") ?? trailers?.get("x-request-id") ?? undefined,
    };
    for (const observation of observations) quietly(() => observation.end?.(finished));
  };
  try {
    const response = await inContexts(observations, () =>
      runInScope((event) => {
        if (event.type === "attempt-started") attempts++;
        for (const observation of observations) quietly(() => observation.event?.(event));
      }, call),
    );
    end({ error: undefined, response: response.message }, response.header, response.trailer);
    return response;
  } catch (reason) {
    const error = toZitadelError(reason, method);
    end({ error, response: undefined }, error.metadata);
    throw error;
  }
}

/** Runs a call in the contexts of all observers, the first one's outermost. */
function inContexts<T>(observations: readonly CallObservation[], call: () => T): T {
  const [first, ...rest] = observations;
  if (first === undefined) return call();
  const inner = () => inContexts(rest, call);
  return first.run === undefined ? inner() : first.run(inner);
}

/** The content type tells which protocol answered, whatever the client had tried before. */
function protocolOfAnswer(headers: Headers | undefined): FinishedCall["protocol"] {
  const type = headers?.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  if (type.startsWith("application/grpc")) return "grpc";
  return /^application\/(proto|json)/.test(type) ? "connect" : undefined;
}

/** An observer's failure is its own concern. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
