import { LONGEST_TIMER_MS } from "../shared/clock.ts";
import {
  invalidOption,
  requireBoolean,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
} from "../shared/invalid-option.ts";
import { isWorkerd } from "../shared/runtime.ts";
import { parseAddress } from "../transport/dial/address.ts";
import { resolveProxy } from "../transport/dial/proxy.ts";
import { isFetchTransport } from "../transport/fetch/fetch-transport.ts";
import type { PaceOptions } from "../transport/pace/pace-options.ts";
import type { RetryOptions } from "../transport/retry/retry-policy.ts";
import type { NetworkOptions, ZitadelOptions } from "./client-options.ts";
import { optionalObject, optionalString } from "./option-checks.ts";
import type { ServiceTree } from "./service-tree.ts";

const MILLISECONDS = { min: 0, max: LONGEST_TIMER_MS, fractions: true, unit: "milliseconds" };

/** Checks the options of the network. Their defaults are the connection's. */
export function resolveNetworkOptions(options: NetworkOptions): NetworkOptions {
  const { timeoutMs, connectTimeoutMs, pingIntervalMs, pingTimeoutMs, idleTimeoutMs, maxConnectionAgeMs } =
    options;
  const durations = {
    timeoutMs,
    connectTimeoutMs,
    pingIntervalMs,
    pingTimeoutMs,
    idleTimeoutMs,
    maxConnectionAgeMs,
  };
  for (const [name, value] of Object.entries(durations)) requireNumber(name, value, MILLISECONDS);
  const {
    maxConnections,
    readMaxBytes,
    compressMinBytes,
    retry,
    pace,
    proxy,
    socketPath,
    address,
    transport,
  } = options;
  requireNumber("maxConnections", maxConnections, { min: 1, max: Number.MAX_SAFE_INTEGER });
  requireNumber("readMaxBytes", readMaxBytes, { min: 1 });
  requireNumber("compressMinBytes", compressMinBytes, { min: 0 });
  if (retry !== undefined) checkRetry(retry);
  if (pace !== undefined) checkPace(pace);
  parseAddress(address);
  return {
    ...durations,
    maxConnections,
    readMaxBytes,
    compressMinBytes,
    retry,
    pace,
    proxy: resolveProxy(proxy),
    socketPath: optionalString("socketPath", socketPath),
    address,
    transport: checkTransport(transport),
  };
}

function checkTransport(transport: NetworkOptions["transport"]): NetworkOptions["transport"] {
  if (isFetchTransport(transport)) return transport;
  return optionalObject("transport", ["unary"], transport, "fetchTransport() or a transport of Connect");
}

/** Rejects options that `fetch` does not support: if they were ignored, the connection would not be the intended one. */
export function refuseBesideFetch(options: ZitadelOptions<ServiceTree>): void {
  const { tls, proxy, socketPath, address, httpVersion = "auto", protocol } = options;
  const unknown = {
    tls,
    proxy,
    socketPath,
    address,
    httpVersion: httpVersion === "auto" ? undefined : httpVersion,
  };
  for (const [name, value] of Object.entries(unknown)) {
    if (value !== undefined)
      throw invalidOption(name, "set together with fetch", "none: fetch makes its own connections");
  }
  if (protocol === "grpc")
    throw invalidOption("protocol", '"grpc" together with fetch', '"grpc-web", or "auto"');
}

const KNOWN_RETRY: Record<keyof RetryOptions, true> = {
  maxAttempts: true,
  maxConflictAttempts: true,
  modeOf: true,
};
const FOREIGN_RETRY = {
  maxRetries: "maxAttempts",
  retries: "maxAttempts",
  limit: "maxAttempts",
  attempts: "maxAttempts",
};

function checkRetry(retry: Partial<RetryOptions>): void {
  requireObject("retry", retry, "{ maxAttempts: 1 }");
  requireKnown("retry", retry, KNOWN_RETRY, FOREIGN_RETRY);
  requireNumber("retry.maxAttempts", retry.maxAttempts, { min: 1 });
  requireNumber("retry.maxConflictAttempts", retry.maxConflictAttempts, { min: 1 });
  requireFunction("retry.modeOf", retry.modeOf);
}

const KNOWN_PACE: Record<keyof PaceOptions, true> = {
  maxInFlight: true,
  perSecond: true,
  adaptive: true,
  onChange: true,
};
const FOREIGN_PACE = {
  maxConcurrency: "maxInFlight",
  concurrency: "maxInFlight",
  requestsPerSecond: "perSecond",
  rps: "perSecond",
};

function checkPace(pace: PaceOptions): void {
  if (isWorkerd) throw invalidOption("pace", "set", "none in Workers, where no request may wait for another");
  requireObject("pace", pace, "{ perSecond: 50 }");
  requireKnown("pace", pace, KNOWN_PACE, FOREIGN_PACE);
  const { maxInFlight } = pace;
  if (typeof maxInFlight !== "function") {
    requireNumber("pace.maxInFlight", maxInFlight, { min: 1, max: Number.MAX_SAFE_INTEGER });
  }
  requireNumber("pace.perSecond", pace.perSecond, { min: 0.001, fractions: true });
  requireBoolean("pace.adaptive", pace.adaptive);
  requireFunction("pace.onChange", pace.onChange);
}
