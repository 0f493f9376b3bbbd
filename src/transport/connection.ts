import type { Transport } from "@connectrpc/connect";
import type { HttpClient } from "../shared/http-client.ts";
import { Alarms } from "./call/alarms.ts";
import { createCallTransport } from "./call/call-transport.ts";
import { Closing } from "./call/closing.ts";
import { withInterceptors } from "./call/interceptors.ts";
import { createRouter } from "./call/routing.ts";
import type { CallFn } from "./call.ts";
import type { DialOptions } from "./dial/dial.ts";
import { createHttpClient } from "./http-client.ts";
import { lazyHttp1Unary } from "./http1/lazy-http1-unary.ts";
import { createTransportUnary } from "./http1/transport-unary.ts";
import { createHttp2Unary } from "./http2/http2-unary.ts";
import { openSession } from "./http2/open-session.ts";
import { SessionPool } from "./http2/session-pool.ts";
import {
  type ConnectionOptions,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "./options.ts";
import { connectFormat } from "./protocol/connect.ts";
import { grpcFormat } from "./protocol/grpc.ts";
import { withRetries } from "./retry/retries.ts";

export type { HttpVersion, Protocol } from "./call/protocol.ts";
export type { ConnectionOptions } from "./options.ts";

/** The way to one server: all calls and token requests of a client go through it. */
export interface Connection {
  readonly transport: Transport;
  readonly http: HttpClient;
  /** Ends what is open. Calls that are running fail. */
  close(): void;
}

/** Opens nothing yet: the first call does. */
export function createConnection(options: ConnectionOptions): Connection {
  const resolved = resolveConnectionOptions(options);
  const { origin, clock, onEvent, headers, connectTimeoutMs } = resolved;
  const { tls, proxy, socketPath } = resolved;
  const dial = { origin, tls, proxy, socketPath };
  const alarms = new Alarms(clock);
  const closing = new Closing();
  const pool = createPool(resolved, dial, alarms);
  const http1 = lazyHttp1Unary(dial, connectTimeoutMs, resolved);
  const http2 = {
    connect: createHttp2Unary(pool, connectFormat, resolved),
    grpc: createHttp2Unary(pool, grpcFormat, resolved),
  };
  const router =
    resolved.transport === undefined
      ? createRouter({ http1, http2 }, resolved.protocol, resolved.httpVersion, onEvent)
      : createTransportUnary(resolved.transport, headers);
  return {
    transport: createCallTransport(layers(resolved, router, closing), resolved.timeoutMs, clock, alarms),
    http: createHttpClient({ dial, headers, connectTimeoutMs }),
    close() {
      closing.close();
      pool.close();
      http1.close();
    },
  };
}

/** What a call goes through, from the outside in. */
function layers(options: ResolvedConnectionOptions, router: CallFn, closing: Closing): CallFn {
  const { origin, interceptors, aroundAttempts, retry, clock, onEvent } = options;
  const retrying = withRetries(aroundAttempts(router), retry, clock, onEvent, closing);
  return withInterceptors(interceptors, origin, retrying);
}

function createPool(options: ResolvedConnectionOptions, dial: DialOptions, alarms: Alarms): SessionPool {
  const { origin, httpVersion, clock, onEvent, connectTimeoutMs } = options;
  return new SessionPool({
    origin,
    open: (signal) => openSession(dial, httpVersion === "auto", signal),
    connectTimeoutMs,
    keepalive: options,
    clock,
    alarms,
    onEvent,
  });
}
