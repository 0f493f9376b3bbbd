import type { Transport } from "@connectrpc/connect";
import type { HttpClient } from "../auth/auth-method.ts";
import { Alarms } from "./alarms.ts";
import type { CallFn } from "./call.ts";
import { createCallTransport } from "./call-transport.ts";
import { Closing } from "./closing.ts";
import { connectFormat } from "./connect-format.ts";
import type { DialOptions } from "./dial.ts";
import { grpcFormat } from "./grpc-format.ts";
import { createHttpClient } from "./http-client.ts";
import { createHttp2Unary } from "./http2-unary.ts";
import { withInterceptors } from "./interceptors.ts";
import { lazyHttp1Unary } from "./lazy-http1-unary.ts";
import { openSession } from "./open-session.ts";
import {
  type ConnectionOptions,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "./options.ts";
import { withRetries } from "./retries.ts";
import { createRouter } from "./routing.ts";
import { SessionPool } from "./session-pool.ts";
import { createTransportUnary } from "./transport-unary.ts";

export type { ConnectionOptions } from "./options.ts";
export type { HttpVersion, Protocol } from "./protocol.ts";

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
