import {
  type Attributes,
  context,
  type Histogram,
  type MeterProvider,
  metrics,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type {
  CallObservation,
  CallObserver,
  FinishedCall,
  StartedCall,
} from "../observation/call-observer.ts";
import { checkOptions, requireKnown, requireObject } from "../shared/invalid-option.ts";
import { version } from "../version.ts";
import { attemptEvent } from "./attempt-event.ts";
import { endAttributes, startAttributes } from "./attributes.ts";
import { BUCKETS } from "./buckets.ts";

/** Where spans and measurements go. */
export interface OpenTelemetryOptions {
  /** Default: the one that is registered globally. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the one that is registered globally. */
  readonly meterProvider?: MeterProvider | undefined;
}

const NAME = "zitadel-connect";

/**
 * Reports calls to OpenTelemetry, following its stable conventions for RPC (v1.45): one CLIENT span for each call, with its
 * attempts as events, and the histogram `rpc.client.call.duration`. The context travels with the call, so that requests
 * for tokens and the server's own spans belong to its trace.
 *
 * Neither spans nor measurements contain requests, responses, headers or error texts.
 *
 * @example
 * ```ts
 * import { createZitadel } from "zitadel-connect";
 * import { openTelemetry } from "zitadel-connect/opentelemetry";
 *
 * const zitadel = createZitadel({ telemetry: openTelemetry() });
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): CallObserver {
  checkOptions("openTelemetry()", () => {
    requireObject("its argument", options, "{ tracerProvider }");
    requireKnown("", options, { tracerProvider: true, meterProvider: true });
  });
  const tracer = (options.tracerProvider ?? trace).getTracer(NAME, version);
  const durations = (options.meterProvider ?? metrics)
    .getMeter(NAME, version)
    .createHistogram("rpc.client.call.duration", {
      description: "Duration of outgoing calls, with all their attempts.",
      unit: "s",
      advice: { explicitBucketBoundaries: BUCKETS },
    });
  return {
    begin(call) {
      const attributes = startAttributes(call);
      const span = tracer.startSpan(call.method, { kind: SpanKind.CLIENT, attributes });
      return observation(span, durations, attributes, call);
    },
  };
}

function observation(
  span: Span,
  durations: Histogram,
  attributes: Attributes,
  { headers }: StartedCall,
): CallObservation {
  const inSpan = trace.setSpan(context.active(), span);
  propagation.inject(inSpan, headers, { set: (carrier, name, value) => carrier.set(name, value) });
  return {
    run: (call) => context.with(inSpan, call),
    event(event) {
      const shown = attemptEvent(event);
      if (shown !== undefined) span.addEvent(shown.name, shown.attributes);
    },
    end(call: FinishedCall) {
      const all = { ...attributes, ...endAttributes(call, attributes) };
      durations.record(call.durationMs / 1000, all, inSpan);
      span.setAttributes(all);
      if (call.error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        const { id, requestId, origin } = call.error;
        span.setAttributes({
          "zitadel.error.origin": origin,
          ...(id === undefined ? {} : { "zitadel.error.id": id }),
          ...(requestId === undefined ? {} : { "zitadel.request.id": requestId }),
        });
      }
      span.end();
    },
  };
}
