import type { Transport } from "@connectrpc/connect";
import type { HttpClient } from "../shared/http-client.ts";
import { createCallTransport } from "./call/call-transport.ts";
import { withInterceptors } from "./call/interceptors.ts";
import { createRouter } from "./call/routing.ts";
import type { CallFn, WaitReason } from "./call.ts";
import { RunningCalls } from "./context/running-calls.ts";
import { createHttpClient } from "./http/http-client.ts";
import { createForeignCalls } from "./http1/foreign-transport.ts";
import { HttpVersionSwitch } from "./http1/http-version-switch.ts";
import { Http1 } from "./http1/http1.ts";
import { openSession } from "./http2/open-session.ts";
import { createHttp2ServerStream } from "./http2/server-stream.ts";
import { SessionPool } from "./http2/session-pool.ts";
import { createHttp2Unary } from "./http2/unary.ts";
import {
  type ConnectionOptions,
  type LayerOptions,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "./options.ts";
import { connectFormat, connectStreamFormat } from "./protocol/connect.ts";
import { grpcFormat, grpcStreamFormat, grpcWebFormat, grpcWebStreamFormat } from "./protocol/grpc.ts";
import type { StreamFormat } from "./protocol/stream-format.ts";
import type { WireFormat } from "./protocol/wire-format.ts";
import { withRetries } from "./retry/retry.ts";

export type { ConnectionOptions } from "./options.ts";
export type { HttpVersion, Protocol } from "./protocol/protocol.ts";

/** The way to one server: all calls and token requests of a client go through it. */
export interface Connection {
  readonly http: HttpClient;
  /** A transport whose calls go over this connection. */
  createTransport(layers: LayerOptions): Transport;
  /** Aborts when the connection is closed. */
  readonly closed: AbortSignal;
  /** Begins to connect, for a request that is about to come. */
  warmUp(): void;
  /** Ends what is open, and all that is running. */
  close(): void;
}

/** Opens nothing yet: the first call does. */
export function createConnection(options: ConnectionOptions): Connection {
  const resolved = resolveConnectionOptions(options);
  const { headers, connectTimeoutMs, clock, dial } = resolved;
  const running = new RunningCalls(clock);
  const httpVersion = new HttpVersionSwitch(resolved.httpVersion);
  const pool = createPool(resolved);
  const http1 = new Http1({ dial, connectTimeoutMs, clock, unary: resolved });
  const whyWaiting = (): WaitReason | undefined =>
    httpVersion.http1Only ? http1.whyWaiting() : pool.whyWaiting();
  const send =
    resolved.transport === undefined
      ? route(resolved, pool, http1, httpVersion)
      : createForeignCalls(resolved.transport, headers);
  const warmUp = (): void => {
    if (!httpVersion.http1Only) pool.warmUp();
  };
  return {
    createTransport: (layers) =>
      createCallTransport(layer(resolved, layers, send), {
        defaultTimeoutMs: resolved.timeoutMs,
        running,
        warmUp: resolved.transport === undefined ? warmUp : () => {},
        whyWaiting,
      }),
    http: createHttpClient({
      origin: resolved.origin,
      headers,
      running,
      pool,
      http1,
      httpVersion,
      whyWaiting,
    }),
    closed: running.closed,
    warmUp,
    close() {
      running.close();
      pool.close();
      http1.close();
    },
  };
}

/** What a call goes through, from the outside in. */
function layer(
  { origin, retry, clock, onEvent, connectTimeoutMs }: ResolvedConnectionOptions,
  { interceptors, aroundAttempts = (next) => next }: LayerOptions,
  send: CallFn,
): CallFn {
  const retrying = withRetries(aroundAttempts(send), {
    retry,
    recoveryTimeoutMs: connectTimeoutMs,
    clock,
    onEvent,
  });
  return withInterceptors(interceptors, origin, retrying);
}

function route(
  options: ResolvedConnectionOptions,
  pool: SessionPool,
  http1: Http1,
  httpVersion: HttpVersionSwitch,
): CallFn {
  const both = (format: WireFormat, streamFormat: StreamFormat): CallFn => {
    const unary = createHttp2Unary(pool, format, options);
    const stream = createHttp2ServerStream(pool, streamFormat, options);
    return (call) => (call.method.methodKind === "unary" ? unary(call) : stream(call));
  };
  const http2 = {
    connect: both(connectFormat, connectStreamFormat),
    grpc: both(grpcFormat, grpcStreamFormat),
    "grpc-web": both(grpcWebFormat, grpcWebStreamFormat),
  };
  return createRouter({ http1, http2 }, options.protocol, httpVersion, options.onEvent);
}

function createPool(options: ResolvedConnectionOptions): SessionPool {
  const { origin, dial, httpVersion, clock, onEvent, connectTimeoutMs, maxConnections } = options;
  const { pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxConnectionAgeMs: maxAgeMs } = options;
  return new SessionPool({
    origin,
    open: (signal) => openSession({ dial, acceptHttp1: httpVersion === "auto", early: true }, signal),
    connectTimeoutMs,
    maxConnections,
    keepalive: { pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxAgeMs },
    clock,
    onEvent,
  });
}
