import { type HttpResponse, MAX_HTTP_BYTES } from "../shared/http-client.ts";
import { bestOverHttp2, createRouter } from "./call/routing.ts";
import type { CallFn } from "./call.ts";
import { Http1, HttpVersionSwitch } from "./http1/http1.ts";
import { openSession } from "./http2/open-session.ts";
import { sendRequest } from "./http2/request.ts";
import { SessionPool } from "./http2/session-pool.ts";
import { openStream } from "./http2/stream-request.ts";
import type { Network, TrackedHttpRequest } from "./network.ts";
import { type Carrier, createCalls } from "./protocol/calls.ts";
import { connectFormats } from "./protocol/connect.ts";
import { grpcFormats, grpcWebFormats } from "./protocol/grpc.ts";
import { RESERVED_HEADERS } from "./protocol/request-headers.ts";
import { toHeaders } from "./protocol/wire-format.ts";
import type { ResolvedConnectionOptions } from "./transport-options.ts";

/**
 * The network on Node: HTTP/2 over shared sessions, and HTTP/1.1 for servers and proxies that support nothing newer. In the
 * build for workerd, workerd-network.ts takes the place of this file.
 */
export function createDefaultNetwork(options: ResolvedConnectionOptions): Network {
  const { dial, connectTimeoutMs, refusedTimeoutMs, clock } = options;
  const httpVersion = new HttpVersionSwitch(options.httpVersion);
  const pool = createPool(options);
  const http1 = new Http1({ dial, connectTimeoutMs, refusedTimeoutMs, clock, unary: options });
  const routes = { http1, http2: createHttp2Calls(pool, options) };
  return {
    send: createRouter(routes, options.protocol, httpVersion, options.onEvent),
    sendHttp: (tracked) =>
      httpVersion.run(
        tracked,
        (input) => sendHttp2Request(pool, input),
        ({ request, context }) => http1.request(request, context.signal),
      ),
    firstProtocol(service) {
      if (options.protocol !== "auto") return options.protocol;
      return httpVersion.http1Only ? "grpc-web" : bestOverHttp2(service);
    },
    warmUp() {
      if (!httpVersion.http1Only) pool.warmUp();
    },
    whyWaiting: () => (httpVersion.http1Only ? http1.whyWaiting() : pool.whyWaiting()),
    close() {
      pool.close();
      http1.close();
    },
  };
}

function createHttp2Calls(
  pool: SessionPool,
  options: ResolvedConnectionOptions,
): Readonly<Record<"connect" | "grpc" | "grpc-web", CallFn>> {
  const carrier: Carrier = {
    send: (request) => sendRequest(pool, request),
    open: (request) => openStream(pool, request),
  };
  return {
    connect: createCalls(carrier, connectFormats, options),
    grpc: createCalls(carrier, grpcFormats, options),
    "grpc-web": createCalls(carrier, grpcWebFormats, options),
  };
}

function createPool(options: ResolvedConnectionOptions): SessionPool {
  const { origin, dial, httpVersion, clock, onEvent, connectTimeoutMs, maxConnections } = options;
  const { pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxConnectionAgeMs: maxAgeMs } = options;
  return new SessionPool({
    origin,
    open: (signal) => openSession({ dial, acceptHttp1: httpVersion === "auto", early: true }, signal),
    connectTimeoutMs,
    refusedTimeoutMs: options.refusedTimeoutMs,
    maxConnections,
    keepalive: { pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxAgeMs },
    clock,
    onEvent,
  });
}

/** Sends one HTTP request over the sessions that calls use, and reads its response. */
async function sendHttp2Request(
  pool: SessionPool,
  { request, context, progress }: TrackedHttpRequest,
): Promise<HttpResponse> {
  const { method, url, headers, body = "" } = request;
  const { protocol, host, pathname, search } = new URL(url);
  const own = Object.entries(headers ?? {}).filter(([name]) => !RESERVED_HEADERS.has(name));
  const response = await sendRequest(pool, {
    context,
    progress,
    repeatable: true,
    body: Buffer.from(body),
    readMaxBytes: MAX_HTTP_BYTES,
    envelopeBytes: 0,
    wantsTrailers: false,
    headers: () => ({
      ":method": method,
      ":scheme": protocol.slice(0, -1),
      ":authority": host,
      ":path": pathname + search,
      ...Object.fromEntries(own),
    }),
  });
  return {
    status: response.headers[":status"] ?? 0,
    headers: toHeaders(response.headers),
    text: Buffer.from(response.body).toString("utf8"),
  };
}

/** Whether the default network is `fetch`. */
export const defaultIsFetch: boolean = false;
