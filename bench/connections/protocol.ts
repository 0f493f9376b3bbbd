/** How many concurrent calls the server accepts per connection. */
export const STREAMS = 100;
export const ROUND_TRIP_MS = 20;

/** The addresses of the server. */
export interface Ways {
  /** PEM. */
  readonly certificate: string;
  /** The ports of the proxies. */
  readonly ports: readonly number[];
}

/** The state of the server. */
export interface ServerState {
  /** The number of open connections, per proxy. */
  readonly open: readonly number[];
  /** CPU time of its process, including the proxies. */
  readonly cpuMs: number;
}
