import type { Interceptor, Transport } from "@connectrpc/connect";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { HeaderFields } from "../shared/fixed-headers.ts";
import type { CallFn } from "./call.ts";
import { parseAddress } from "./dial/address.ts";
import type { DialOptions } from "./dial/dial.ts";
import { REFUSED_TIMEOUT_MS } from "./dial/dial-error.ts";
import { type ProxySetting, type ResolvedProxy, resolveProxy } from "./dial/proxy.ts";
import type { TlsOptions } from "./dial/tls.ts";
import type { OnTransportEvent } from "./events.ts";
import type { FetchTransport } from "./fetch/fetch-transport.ts";
import type { PaceOptions } from "./pace/pace-options.ts";
import type { HttpVersion, Protocol } from "./protocol/protocol.ts";
import type { RetryOptions } from "./retry/retry-policy.ts";

/** What calls go through, above the network. */
export interface LayerOptions {
  /** Applied once to every call, however often it is sent; the first one outermost. */
  readonly interceptors: readonly Interceptor[];
  /** Put around every attempt, so that each has a token that is current. Default: nothing. */
  readonly aroundAttempts?: ((next: CallFn) => CallFn) | undefined;
}

export interface ConnectionOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  readonly protocol: Protocol;
  readonly httpVersion: HttpVersion;
  /** Sent with every request, those for tokens included. */
  readonly headers: HeaderFields;
  readonly tls: TlsOptions;
  /**
   * How long a call may take with all its attempts, in milliseconds; 0: no limit. A call's own `timeoutMs`
   * outranks it. Default: 30,000.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long a call waits for a connection, in milliseconds; a read also for a server whose database is in trouble.
   * Default: 10,000; but about 2,000 for a port of this machine on which nothing listens, and never has since the client
   * was made.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How many connections share the load at most, over HTTP/2. More than one is opened only while calls wait for a
   * stream, and let go again. At least 1. Default: 8.
   */
  readonly maxConnections?: number | undefined;
  /**
   * How old a connection becomes, in milliseconds, up to a fifth less at random; 0: without limit. It is then
   * replaced, and its calls finish on it, so that servers which were added get their share and removed ones are
   * left. Default: 600,000.
   */
  readonly maxConnectionAgeMs?: number | undefined;
  /**
   * How often a quiet connection is pinged, in milliseconds; 0: never. While calls wait for a response, the first ping
   * comes after a second. Default: 20,000.
   */
  readonly pingIntervalMs?: number | undefined;
  /**
   * How long the response to a ping may take, in milliseconds, before the connection is given up. Reads go to another
   * connection after two seconds. Default: 10,000.
   */
  readonly pingTimeoutMs?: number | undefined;
  /**
   * A connection without calls is closed after this many milliseconds; 0: never. Default:
   * 300,000.
   */
  readonly idleTimeoutMs?: number | undefined;
  /** A response with more than this many bytes, decompressed, is refused. At least 1. Default: 64 MiB. */
  readonly readMaxBytes?: number | undefined;
  /**
   * Requests of at least this many bytes are sent compressed, and responses asked for so where they were that
   * large before. Infinity: none. Default: 32 KiB.
   */
  readonly compressMinBytes?: number | undefined;
  /** What is sent again. Default: see the fields. */
  readonly retry?: Partial<RetryOptions> | undefined;
  /** How fast all calls together go; `{}` for a pace that adapts to the server. Default: as fast as they can. */
  readonly pace?: PaceOptions | undefined;
  /** Default: what the environment says. */
  readonly proxy?: ProxySetting | undefined;
  /** The path of a Unix socket to connect to, instead of the origin's host. Takes no proxy. Default: none. */
  readonly socketPath?: string | undefined;
  /**
   * Where to connect to instead of the origin's host, as `host:port`. Requests, TLS and its certificate still go by the
   * origin: for a proxy or an internal address that routes by host name. Default: the origin's host and port.
   */
  readonly address?: string | undefined;
  /**
   * Sends the calls: `fetchTransport()`, or a transport of Connect, for tests or for another way to the server.
   * Interceptors, authentication, retries and deadlines stay. What is about connections has no effect; with a transport
   * of Connect, neither have `protocol` and `httpVersion`, and token requests do not go through it.
   * Default: this package's own on HTTP/2; in Cloudflare Workers, `fetchTransport()`.
   */
  readonly transport?: Transport | FetchTransport | undefined;
  /** Gets what happens on the network. Must not throw. Default: none. */
  readonly onEvent?: OnTransportEvent | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

type Optional = "onEvent" | "socketPath" | "address" | "transport" | "pace";

/** The same with a value for everything that has a default. */
export type ResolvedConnectionOptions = {
  readonly [name in Exclude<keyof ConnectionOptions, Optional | "retry" | "proxy">]-?: Exclude<
    ConnectionOptions[name],
    undefined
  >;
} & { readonly [name in Optional]: ConnectionOptions[name] } & {
  readonly retry: RetryOptions;
  readonly proxy: ResolvedProxy;
  /** How long a call waits for a port of this machine that has only ever refused it, in milliseconds. */
  readonly refusedTimeoutMs: number;
  /** How to reach the server. */
  readonly dial: DialOptions;
};

/** Fills in the defaults. */
export function resolveConnectionOptions(options: ConnectionOptions): ResolvedConnectionOptions {
  const { origin, tls, socketPath, address } = options;
  const proxy = resolveProxy(options.proxy);
  return {
    ...options,
    timeoutMs: options.timeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    refusedTimeoutMs: options.connectTimeoutMs ?? REFUSED_TIMEOUT_MS,
    maxConnections: options.maxConnections ?? 8,
    maxConnectionAgeMs: options.maxConnectionAgeMs ?? 600_000,
    pingIntervalMs: options.pingIntervalMs ?? 20_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    readMaxBytes: options.readMaxBytes ?? 64 * 1024 * 1024,
    compressMinBytes: options.compressMinBytes ?? 32 * 1024,
    retry: {
      maxAttempts: options.retry?.maxAttempts ?? 3,
      maxConflictAttempts: options.retry?.maxConflictAttempts ?? 10,
      modeOf: options.retry?.modeOf,
    },
    pace: options.pace,
    proxy,
    socketPath,
    address,
    dial: { origin, tls, proxy, socketPath, address: parseAddress(address) },
    transport: options.transport,
    onEvent: options.onEvent,
    clock: options.clock ?? systemClock,
  };
}
