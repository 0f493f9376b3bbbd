import { checkOptions, requireFunction, requireKnown, requireObject } from "../../shared/invalid-option.ts";
import type { Network } from "../network.ts";
import { createFetchNetwork, type FetchNetworkOptions } from "./fetch-network.ts";
import type { Fetch } from "./fetch-sender.ts";

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /**
   * What sends the requests, with the signature of `fetch`: that of a service binding, or one that adds something. It
   * must not follow redirects, which would take the token along. Default: the global `fetch`.
   */
  readonly fetch?: Fetch | undefined;
}

/** What {@link fetchTransport} makes, for the option `transport`. */
export interface FetchTransport {
  /** For the client. */
  createNetwork(options: FetchNetworkOptions): Network;
}

/**
 * A transport that sends everything by `fetch`, requests for tokens included: for platforms without `node:http2`. It is
 * the default in Cloudflare Workers. Deadlines, retries, errors and authentication are those of all transports;
 * docs/edge.md says what `fetch` cannot do.
 *
 * @throws TypeError for options that cannot be used
 */
export function fetchTransport(options: FetchTransportOptions = {}): FetchTransport {
  checkOptions("fetchTransport()", () => {
    requireObject("its argument", options, "{ fetch }");
    requireKnown("", options, { fetch: true });
    requireFunction("fetch", options.fetch);
  });
  // Looked up for each request: what instruments the platform's replaces it.
  const send = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  return { createNetwork: (network) => createFetchNetwork(send, network) };
}

/** Whether what the option has is of {@link fetchTransport}, of this copy of the package or another. */
export function isFetchTransport(transport: unknown): transport is FetchTransport {
  return typeof (transport as Partial<FetchTransport> | null | undefined)?.createNetwork === "function";
}
