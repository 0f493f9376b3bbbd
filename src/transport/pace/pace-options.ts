/** How fast a client calls, all of its calls together. */
export interface PaceOptions {
  /** How many calls are in flight at most. At least 1. Default: 100. */
  readonly maxInFlight?: number | undefined;
  /**
   * How many requests are sent in a second at most, spread evenly; after a pause a tenth of that may go at once. Above 0;
   * may be a fraction. Default: no limit.
   */
  readonly perSecond?: number | undefined;
  /**
   * Lowers the number of calls in flight while the server is overloaded: when it refuses calls, when writes collide, and
   * when responses take three times as long as they did. It rises again by one for each round of calls that goes well.
   * Default: true.
   */
  readonly adaptive?: boolean | undefined;
}

/** The same with all defaults. */
export interface ResolvedPace {
  readonly maxInFlight: number;
  readonly perSecond: number;
  readonly adaptive: boolean;
}

export function resolvePace(options: PaceOptions): ResolvedPace {
  return {
    maxInFlight: options.maxInFlight ?? 100,
    perSecond: options.perSecond ?? Number.POSITIVE_INFINITY,
    adaptive: options.adaptive ?? true,
  };
}
