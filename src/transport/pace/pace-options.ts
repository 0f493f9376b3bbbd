import { callBack } from "../../shared/call-back.ts";

/** How fast a client calls, all of its calls together. */
export interface PaceOptions {
  /**
   * How many calls are in flight at most. At least 1. A function is asked whenever a call may go, and four times a second
   * while all wait; it may return 0, so that none goes: what processes share of an instance (docs/scaling.md). Where it
   * throws, or returns no number, it counts as the default. Default: 100.
   */
  readonly maxInFlight?: number | (() => number) | undefined;
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
  /** Gets the pace whenever the server has made it another one. What it throws is ignored. Default: none. */
  readonly onChange?: ((state: PaceState) => void) | undefined;
}

/** What a client has found out about the server. */
export interface PaceState {
  /** How many calls the server takes from this client at a time. */
  readonly maxInFlight: number;
  /** For how many milliseconds more the server wants no request (`Retry-After`). */
  readonly pausedMs: number;
}

/** The same with all defaults. */
export interface ResolvedPace {
  readonly maxInFlight: () => number;
  readonly perSecond: number;
  readonly adaptive: boolean;
  readonly onChange: ((state: PaceState) => void) | undefined;
}

const MAX_IN_FLIGHT = 100;

export function resolvePace(options: PaceOptions): ResolvedPace {
  const { maxInFlight = MAX_IN_FLIGHT } = options;
  return {
    maxInFlight: typeof maxInFlight === "function" ? () => ask(maxInFlight) : () => maxInFlight,
    perSecond: options.perSecond ?? Number.POSITIVE_INFINITY,
    adaptive: options.adaptive ?? true,
    onChange: options.onChange,
  };
}

function ask(maxInFlight: () => number): number {
  const told = callBack(maxInFlight);
  return typeof told === "number" && told >= 0 ? told : MAX_IN_FLIGHT;
}
