/**
 * The cost of observing calls: CPU of a call through the client's layers to a transport that responds immediately, with
 * everything off, and with each kind on. Rounds take turns; medians. Run: node --expose-gc bench/observation.ts
 */
import diagnostics from "node:diagnostics_channel";
import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { UserService } from "../gen/zitadel/user/v2/user_service_pb.js";
import { SentToken } from "../src/client/authentication.ts";
import { createLastTokenError, withDefaultHeaders, withZitadelErrors } from "../src/client/layers.ts";
import { callLog } from "../src/logging/call-log.ts";
import { createLog } from "../src/logging/log.ts";
import type { Logger } from "../src/logging/logger.ts";
import type { CallObserver } from "../src/observation/call-observer.ts";
import { withObservation } from "../src/observation/with-observation.ts";
import { FixedHeaders } from "../src/shared/fixed-headers.ts";
import { openTelemetry } from "../src/telemetry/index.ts";
import { median } from "./median.ts";

const header = new Headers({ "content-type": "application/proto", "x-request-id": "1" });
const transport: Transport = {
  async unary(method, _signal, _timeoutMs, _header, input) {
    const message = create(method.output);
    const request = {
      requestMethod: "POST",
      url: "",
      signal: new AbortController().signal,
      contextValues: undefined,
    };
    return {
      stream: false,
      service: method.parent,
      method,
      header,
      trailer: header,
      message,
      input,
      ...request,
    } as never;
  },
  stream: () => Promise.reject(new Error("unused")),
};

const inner = withZitadelErrors(
  withDefaultHeaders(transport, new FixedHeaders([])),
  createLastTokenError(new SentToken()),
);

function observed(...observers: CallObserver[]): Transport {
  return withObservation(inner, {
    observers,
    origin: "https://acme.zitadel.cloud",
    findProtocol: () => "connect",
  });
}

function logging(logger: Logger, bodies = false): Transport {
  const log = createLog(logger, (text) => text);
  return log === undefined ? inner : observed(callLog(log, { bodies }));
}

const drop = (): void => {};
const silent = { debug: drop, info: drop, warn: drop, error: drop, isLevelEnabled: () => false };
const writing = { debug: drop, info: drop, warn: drop, error: drop };
const channel = diagnostics.tracingChannel("zitadel-connect:call");
const subscriber = { start: drop, end: drop, asyncStart: drop, asyncEnd: drop, error: drop };
const providers = { tracerProvider: new NodeTracerProvider(), meterProvider: new MeterProvider() };

const cases: Record<string, { transport: Transport; around?: (on: boolean) => void }> = {
  "without the layer": { transport: inner },
  "all off": { transport: observed() },
  "logger whose level is off": { transport: logging(silent) },
  logger: { transport: logging(writing) },
  "logger with bodies": { transport: logging(writing, true) },
  "diagnostics channel": {
    transport: observed(),
    around: (on) => (on ? channel.subscribe(subscriber) : channel.unsubscribe(subscriber)),
  },
  OpenTelemetry: { transport: observed(openTelemetry(providers)) },
};

const CALLS = 20_000;
const ROUNDS = 15;

/** Microseconds per call. */
async function measure(transport: Transport): Promise<number> {
  const client = createClient(UserService, transport);
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) await client.getUserByID({ userId: "1" });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, { transport, around }] of Object.entries(cases)) {
    around?.(true);
    const time = await measure(transport);
    around?.(false);
    if (round >= 0) times.get(name)?.push(time);
  }
}
const floor = median(times.get("without the layer") ?? []);
for (const [name, values] of times) {
  const time = median(values);
  console.log(`${name.padEnd(28)} ${time.toFixed(2).padStart(6)} µs   +${(time - floor).toFixed(2)} µs`);
}
