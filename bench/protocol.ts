/** Where the server answers with small and with large lists. */
export interface Ports {
  readonly small: number;
  readonly large: number;
}

/** What a client process is asked to do. */
export interface Job {
  readonly size: keyof Ports;
  readonly calls: number;
  readonly inFlight: number;
}

/** What it took. */
export interface Result {
  readonly cpuUsPerCall: number;
  readonly callsPerSecond: number;
  readonly kilobytesPerCall: number;
}
