import type { Transport } from "@connectrpc/connect";
import type { HttpClient } from "../shared/http-client.ts";
import { createCallTransport } from "./call/call-transport.ts";
import { createHttpClient } from "./call/create-http-client.ts";
import { createForeignCalls } from "./call/foreign-transport.ts";
import { withInterceptors } from "./call/interceptors.ts";
import type { CallFn } from "./call.ts";
import { RunningCalls } from "./context/call-context.ts";
import { isFetchTransport } from "./fetch/fetch-transport.ts";
import type { Network } from "./network.ts";
import { createDefaultNetwork } from "./node-network.ts";
import { Pace } from "./pace/pace.ts";
import { resolvePace } from "./pace/pace-options.ts";
import { withRetries } from "./retry/retry.ts";
import {
  type ConnectionOptions,
  type LayerOptions,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "./transport-options.ts";

export type { HttpVersion, Protocol } from "./network.ts";
export type { ConnectionOptions } from "./transport-options.ts";

/** The connection to one server: all calls and token requests of a client go over it. */
export interface Connection {
  readonly http: HttpClient;
  /** A transport whose calls go over this connection. */
  createTransport(layers: LayerOptions): Transport;
  /** The protocol that calls to a service are first sent in. */
  readonly firstProtocol: Network["firstProtocol"];
  /** Aborts when the connection is closed. */
  readonly closed: AbortSignal;
  /** Starts connecting, for a request that is about to come. */
  warmUp(): void;
  /** Closes all connections and ends all running calls. */
  close(): void;
}

/** Does not connect yet: the first call does. */
export function createConnection(options: ConnectionOptions): Connection {
  const resolved = resolveConnectionOptions(options);
  const { origin, headers, transport } = resolved;
  const running = new RunningCalls(resolved.clock);
  const network = isFetchTransport(transport)
    ? transport.createNetwork(resolved)
    : createDefaultNetwork(resolved);
  const foreign = transport === undefined || isFetchTransport(transport) ? undefined : transport;
  const direct = foreign === undefined ? network.send : createForeignCalls(foreign, headers);
  const pace = createPace(resolved);
  const send = pace === undefined ? direct : pace.around(direct);
  return {
    createTransport: (layers) =>
      createCallTransport(layer(resolved, layers, send), {
        defaultTimeoutMs: resolved.timeoutMs,
        running,
        warmUp: foreign === undefined ? network.warmUp : () => {},
        whyWaiting: () => network.whyWaiting() ?? pace?.whyWaiting(),
      }),
    http: createHttpClient({ origin, headers, running, network }),
    firstProtocol: network.firstProtocol,
    closed: running.closed,
    warmUp: network.warmUp,
    close() {
      running.close();
      network.close();
    },
  };
}

function createPace({ pace, clock, onEvent }: ResolvedConnectionOptions): Pace | undefined {
  return pace === undefined ? undefined : new Pace(resolvePace(pace), clock, onEvent);
}

/** The layers that a call goes through, outermost first. */
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
