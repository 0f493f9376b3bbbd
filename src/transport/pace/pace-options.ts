import { callBack } from "../../shared/call-back.ts";

/** Limits how fast a client makes calls, counting all of them. */
export interface PaceOptions {
  /**
   * The maximum number of calls in flight. At least 1. A function is called before each call, and four times a second while
   * all wait; it may return 0 to hold back all calls. With a function, several processes can share an instance
   * (docs/scaling.md). If it throws, or does not return a number, the default applies. Default: 100.
   */
  readonly maxInFlight?: number | (() => number) | undefined;
  /**
   * The maximum number of requests per second, spread evenly; after a pause, a tenth of that may be sent at once. Above 0;
   * may be a fraction. Default: no limit.
   */
  readonly perSecond?: number | undefined;
  /**
   * Lowers the number of calls in flight while the server is overloaded: when it refuses calls, when writes collide, and
   * when responses take three times as long as usual. The number rises again by one for each round of successful calls.
   * Default: true.
   */
  readonly adaptive?: boolean | undefined;
  /** Called with the pace whenever the server's load has changed it. Errors that it throws are ignored. Default: none. */
  readonly onChange?: ((state: PaceState) => void) | undefined;
}

/** What a client has learned about the server's load. */
export interface PaceState {
  /** How many calls of this client the server handles at a time. */
  readonly maxInFlight: number;
  /** For how many more milliseconds the server asks for no requests (`Retry-After`). */
  readonly pausedMs: number;
}

/** The options with all defaults applied. */
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
    maxInFlight: typeof maxInFlight === "function" ? () => callForLimit(maxInFlight) : () => maxInFlight,
    perSecond: options.perSecond ?? Number.POSITIVE_INFINITY,
    adaptive: options.adaptive ?? true,
    onChange: options.onChange,
  };
}

function callForLimit(maxInFlight: () => number): number {
  const limit = callBack(maxInFlight);
  return typeof limit === "number" && limit >= 0 ? limit : MAX_IN_FLIGHT;
}
