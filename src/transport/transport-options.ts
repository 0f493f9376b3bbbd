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
import type { HttpVersion, Protocol } from "./network.ts";
import type { PaceOptions } from "./pace/pace-options.ts";
import type { RetryOptions } from "./retry/retry-policy.ts";

/** The layers above the network. */
export interface LayerOptions {
  /** Applied once to each call, however often it is sent; the first is outermost. */
  readonly interceptors: readonly Interceptor[];
  /** Wraps every attempt, so that each has a current token. Default: none. */
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
   * How long a call may take with all its attempts, in milliseconds; 0: no limit. A call's own `timeoutMs` takes precedence.
   * Default: 30,000.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long a call waits for a connection, in milliseconds; a read also waits this long for a server whose database is in
   * trouble. Default: 10,000, but about 2,000 for a port of this machine on which nothing listens, and on which nothing has
   * listened since the client was created.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * The maximum number of HTTP/2 connections. More than one is opened only while calls wait for a stream, and closed again
   * later. At least 1. Default: 8.
   */
  readonly maxConnections?: number | undefined;
  /**
   * The maximum age of a connection in milliseconds, shortened at random by up to a fifth; 0: no limit. The connection is
   * then replaced, and its calls finish on it. That way, added servers get their share of calls, and removed ones get none.
   * Default: 600,000.
   */
  readonly maxConnectionAgeMs?: number | undefined;
  /**
   * How often an idle connection is pinged, in milliseconds; 0: never. While calls wait for a response, the first ping is
   * sent after a second. Default: 20,000.
   */
  readonly pingIntervalMs?: number | undefined;
  /**
   * How long the response to a ping may take, in milliseconds, before the connection is given up. Reads move to another
   * connection after two seconds. Default: 10,000.
   */
  readonly pingTimeoutMs?: number | undefined;
  /** A connection without calls is closed after this many milliseconds; 0: never. Default: 300,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** The maximum size of a response in bytes, decompressed. At least 1. Default: 64 MiB. */
  readonly readMaxBytes?: number | undefined;
  /**
   * Requests of at least this many bytes are compressed, and compressed responses are requested from methods whose
   * responses have been that large. Infinity: none. Default: 32 KiB.
   */
  readonly compressMinBytes?: number | undefined;
  /** What is retried, and how often. Default: three attempts of what is safe to retry. */
  readonly retry?: Partial<RetryOptions> | undefined;
  /** Limits how fast calls are made, counting all of them; `{}` adapts to the server. Default: no limit. */
  readonly pace?: PaceOptions | undefined;
  /** The proxy to use. Default: that of the environment. */
  readonly proxy?: ProxySetting | undefined;
  /** The path of a Unix socket to connect to, instead of the origin's host. Uses no proxy. Default: none. */
  readonly socketPath?: string | undefined;
  /**
   * Where to connect instead of the origin's host, as `host:port`. Requests, TLS and its certificate still use the origin:
   * for a proxy or an internal address that routes by host name. Default: the origin's host and port.
   */
  readonly address?: string | undefined;
  /**
   * Sends the calls: `fetchTransport()`, or a Connect transport, for tests or another way to the server. Interceptors,
   * authentication, retries and deadlines still apply. Options about connections have no effect; with a Connect transport,
   * neither do `protocol` and `httpVersion`, and token requests do not go through it. Default: this package's own transport
   * over HTTP/2; in Cloudflare Workers, `fetchTransport()`.
   */
  readonly transport?: Transport | FetchTransport | undefined;
  /** Receives network events. Must not throw. Default: none. */
  readonly onEvent?: OnTransportEvent | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

type Optional = "onEvent" | "socketPath" | "address" | "transport" | "pace";

/** The options with all defaults applied. */
export type ResolvedConnectionOptions = {
  readonly [name in Exclude<keyof ConnectionOptions, Optional | "retry" | "proxy">]-?: Exclude<
    ConnectionOptions[name],
    undefined
  >;
} & { readonly [name in Optional]: ConnectionOptions[name] } & {
  readonly retry: RetryOptions;
  readonly proxy: ResolvedProxy;
  /** After this many milliseconds, a port of this machine that has refused every connection is tried once more. */
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
