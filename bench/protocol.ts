/** Where the server answers with small and with large lists. */
export interface Ports {
  readonly small: number;
  readonly large: number;
}

/** How many calls to make, and how many of them at once. */
export interface Load {
  readonly calls: number;
  readonly inFlight: number;
}

/** What a client process is asked to do. */
export interface Job extends Load {
  readonly size: keyof Ports;
}

/** What it took. */
export interface Result {
  readonly cpuUsPerCall: number;
  readonly callsPerSecond: number;
  readonly kilobytesPerCall: number;
}
