import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import {
  createZitadel,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
  type ZitadelOptions,
} from "../../src/index.ts";
import { openTelemetry } from "../../src/telemetry/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { interceptPaths } from "../errors/support/intercept-paths.ts";

const LIST = "zitadel.user.v2.UserService/ListUsers";
const GET = "zitadel.user.v2.UserService/GetUserByID";

/** In seconds: https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/ */
const RECOMMENDED_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

describe("openTelemetry()", () => {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  let emulator: Emulator;
  let zitadel: Zitadel;

  before(async () => {
    // Sets the context manager and the propagator, as an application's set-up does.
    tracerProvider.register();
    emulator = await startEmulator();
    zitadel = client();
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  });
  beforeEach(async () => {
    await reader.forceFlush();
    spans.reset();
    metrics.reset();
    emulator.requests.length = 0;
  });

  function client(options: ZitadelOptions = {}): Zitadel {
    return createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      telemetry: openTelemetry({ tracerProvider, meterProvider }),
      ...options,
    });
  }

  const server = () => ({ "server.address": "localhost", "server.port": Number(new URL(emulator.url).port) });

  it("makes one CLIENT span per call, named and described by the conventions", async () => {
    await zitadel.user.v2.listUsers();
    const [span, ...others] = spans.getFinishedSpans();
    assert.equal(others.length, 0);
    assert.equal(span?.name, LIST);
    assert.equal(span?.kind, SpanKind.CLIENT);
    assert.equal(span?.status.code, SpanStatusCode.UNSET);
    assert.deepEqual(span?.attributes, { "rpc.system.name": "connectrpc", "rpc.method": LIST, ...server() });
    assert.deepEqual(
      span?.events.map(({ name }) => name),
      ["zitadel.attempt"],
    );
  });

  it("has gRPC's status codes for services over gRPC", async () => {
    await zitadel.management.v1.getMyOrg();
    const [span] = spans.getFinishedSpans();
    assert.equal(span?.attributes["rpc.system.name"], "grpc");
    assert.equal(span?.attributes["rpc.status_code"], "OK");
  });

  it("marks a failed call with its code, and with Zitadel's id, which is in the server's log", async () => {
    await assert.rejects(zitadel.user.v2.getUserByID({ userId: "1" }));
    const [span] = spans.getFinishedSpans();
    assert.equal(span?.status.code, SpanStatusCode.ERROR);
    const { "zitadel.request.id": requestId, ...attributes } = span?.attributes ?? {};
    assert.match(String(requestId), /^[0-9a-f-]{36}$/);
    assert.deepEqual(attributes, {
      "rpc.system.name": "connectrpc",
      "rpc.method": GET,
      "rpc.status_code": "not_found",
      "error.type": "not_found",
      "zitadel.error.id": "QUERY-Dfbg2",
      "zitadel.error.origin": "server",
      ...server(),
    });
  });

  it("has the attempts of a call as events of its only span", async () => {
    let failures = 2;
    const takeBack = interceptPaths(emulator, (path) =>
      path.endsWith("/ListUsers") && failures-- > 0
        ? { status: 503, headers: new Headers({ "content-type": "text/plain" }), body: "try later" }
        : undefined,
    );
    await zitadel.user.v2.listUsers();
    takeBack();
    const [span, ...others] = spans.getFinishedSpans();
    assert.equal(others.length, 0);
    assert.deepEqual(
      span?.events.map(({ name, attributes }) => `${name} ${attributes?.["zitadel.attempt"]}`),
      [
        "zitadel.attempt 1",
        "zitadel.attempt.failed 1",
        "zitadel.retry 2",
        "zitadel.attempt 2",
        "zitadel.attempt.failed 2",
        "zitadel.retry 3",
        "zitadel.attempt 3",
      ],
    );
  });

  it("keeps the events of concurrent calls apart", async () => {
    await Promise.all(Array.from({ length: 20 }, () => zitadel.user.v2.listUsers()));
    assert.deepEqual(new Set(spans.getFinishedSpans().map(({ events }) => events.length)), new Set([1]));
  });

  it("continues the active trace, and sends its context to the server", async () => {
    const tracer = tracerProvider.getTracer("application");
    await tracer.startActiveSpan("job", async (job) => {
      await zitadel.user.v2.listUsers();
      job.end();
    });
    const [call, job] = spans.getFinishedSpans();
    assert.equal(call?.parentSpanContext?.spanId, job?.spanContext().spanId);
    const { traceId, spanId } = call?.spanContext() ?? {};
    const [request] = emulator.requests;
    assert.equal(request?.headers.get("traceparent"), `00-${traceId}-${spanId}-01`);
  });

  it("has its span active while the call is made, for instrumentation below", async () => {
    let active: string | undefined;
    await using traced = client({
      interceptors: [
        (next) => (request) => {
          active = trace.getActiveSpan()?.spanContext().spanId;
          return next(request);
        },
      ],
    });
    await traced.user.v2.listUsers();
    assert.equal(active, spans.getFinishedSpans()[0]?.spanContext().spanId);
  });

  it("measures durations in seconds, by method and outcome", async () => {
    await zitadel.user.v2.listUsers();
    await assert.rejects(zitadel.user.v2.getUserByID({ userId: "1" }));
    await reader.forceFlush();
    const [metric] = metrics.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
    assert.deepEqual([metric?.descriptor.name, metric?.descriptor.unit], ["rpc.client.call.duration", "s"]);
    const points = (metric?.dataPoints ?? []).map(({ attributes, value }) => {
      const { count, sum, buckets } = value as {
        count: number;
        sum: number;
        buckets: { boundaries: number[] };
      };
      assert.ok(sum > 0 && sum < 5);
      assert.deepEqual(buckets.boundaries, RECOMMENDED_BUCKETS);
      return { count, attributes };
    });
    const failed = points.find(({ attributes }) => attributes["rpc.method"] === GET);
    assert.deepEqual(failed, {
      count: 1,
      attributes: {
        "rpc.system.name": "connectrpc",
        "rpc.method": GET,
        "rpc.status_code": "not_found",
        "error.type": "not_found",
        ...server(),
      },
    });
  });

  it("contains no token, secret, body or text of an error", async () => {
    const { serviceUser } = emulator;
    const takeBack = emulator.handle(UserService, {
      addPersonalAccessToken: () => ({ token: "canary-in-response" }),
    });
    await using traced = client({ auth: privateKeyJwt({ key: serviceUser.keyFile }) });
    await traced.user.v2.addPersonalAccessToken({
      userId: "canary-in-request",
      expirationDate: new Date(Date.now() + 3_600_000),
    });
    const { token } = await traced.getAccessToken();
    takeBack();
    await reader.forceFlush();
    const seen = JSON.stringify(
      [
        spans
          .getFinishedSpans()
          .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
        metrics.getMetrics(),
      ],
      (_, value) => (typeof value === "bigint" ? String(value) : value),
    );
    for (const secret of [
      token,
      serviceUser.keyFile.slice(60, 200),
      "canary-in-response",
      "canary-in-request",
    ]) {
      assert.ok(!seen.includes(secret));
    }
  });
});
