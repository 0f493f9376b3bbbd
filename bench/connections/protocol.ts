/** How many calls the server takes at once in one connection. */
export const STREAMS = 100;
export const ROUND_TRIP_MS = 20;

/** How to reach it. */
export interface Ways {
  /** PEM. */
  readonly certificate: string;
  /** The ports of the proxies. */
  readonly ports: readonly number[];
}

/** How it is. */
export interface ServerState {
  /** How many connections are open, by proxy. */
  readonly open: readonly number[];
  /** How long its processor has been at work, the proxies included. */
  readonly cpuMs: number;
}
