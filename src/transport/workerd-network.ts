import type { FetchNetworkOptions } from "./fetch/fetch-transport.ts";
import { fetchTransport } from "./fetch/fetch-transport.ts";
import type { Network } from "./network.ts";

/** Takes the place of node-network.ts in the build for workerd, which has no client in `node:http2`. */
export function createDefaultNetwork(options: FetchNetworkOptions): Network {
  return fetchTransport().createNetwork(options);
}

export const defaultIsFetch: boolean = true;
