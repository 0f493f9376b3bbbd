/** The ports of the server with small and with large lists. */
export interface Ports {
  readonly small: number;
  readonly large: number;
}

/** How many calls to make, and how many of them at once. */
export interface Load {
  readonly calls: number;
  readonly inFlight: number;
}

/** The task of a client process. */
export interface Job extends Load {
  readonly size: keyof Ports;
}

/** What it cost. */
export interface Result {
  readonly cpuUsPerCall: number;
  readonly callsPerSecond: number;
  readonly kilobytesPerCall: number;
}
