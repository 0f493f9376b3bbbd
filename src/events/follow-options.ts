import { LONGEST_TIMER_MS } from "../shared/clock.ts";
import { describe } from "../shared/describe.ts";
import {
  invalidOption,
  requireBoolean,
  requireFunction,
  requireKnown,
  requireObject,
  requireSignal,
  requireStrings,
} from "../shared/invalid-option.ts";
import { BEGINNING, type EventCursor, type Instant, parseInstant, requireCursor } from "./event-cursor.ts";

/** Options of `followEvents()`. Without options, it yields the whole log, and then whatever is added to it. */
export interface FollowEventsOptions {
  /**
   * Where to start: after the event of the cursor, or with the events created at or after a time. Default: the
   * beginning of the log.
   */
  readonly after?: EventCursor | Date | undefined;
  /** Only events of these types, such as `user.human.added`. Default: all. */
  readonly eventTypes?: readonly string[] | undefined;
  /** Only events of objects of these types, such as `user` or `org`. Default: all. */
  readonly aggregateTypes?: readonly string[] | undefined;
  /** Only events of objects that belong to this organization (or instance), by id. Default: all. */
  readonly resourceOwner?: string | undefined;
  /** Only events caused by this user, by id. Default: all. */
  readonly editorUserId?: string | undefined;
  /**
   * Ends the iteration once it has yielded what was in the log when it began, and perhaps some of what was added since.
   * Waits for a server that is slow or down. Default: false, which follows forever.
   */
  readonly stopAtEnd?: boolean | undefined;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How far before the newest event to look for late ones, in milliseconds; at least 10,000. Events of a Zitadel
   * transaction that takes longer to commit are missed. Default: 10,000.
   */
  readonly windowMs?: number | undefined;
  /** The shortest pause between two polls, while events come in, in milliseconds. Default: 200. */
  readonly minPollMs?: number | undefined;
  /** The longest pause between two polls, while nothing happens or the server fails, in milliseconds. Default: 5000. */
  readonly maxPollMs?: number | undefined;
  /** The page size, from 1 to 1000 events. Default: 1000. */
  readonly pageSize?: number | undefined;
  /** Called with each error after which polling continues. Exceptions from it are ignored. */
  readonly onRetry?: ((error: unknown) => unknown) | undefined;
}

const KNOWN: Record<keyof FollowEventsOptions, true> = {
  after: true,
  eventTypes: true,
  aggregateTypes: true,
  resourceOwner: true,
  editorUserId: true,
  signal: true,
  windowMs: true,
  minPollMs: true,
  maxPollMs: true,
  pageSize: true,
  stopAtEnd: true,
  onRetry: true,
};

const FOREIGN = {
  types: "eventTypes",
  since: "after",
  from: "after",
  cursor: "after",
  intervalMs: "minPollMs",
};

/** Zitadel silently truncates larger pages. */
export const MAX_PAGE_SIZE = 1_000;

const SHORTEST_WINDOW_MS = 10_000;
const MIN_POLL_MS = 200;
const MAX_POLL_MS = 5_000;

/** The resolved options of `followEvents()`. */
export interface ResolvedFollowOptions {
  readonly settled: Instant;
  readonly yielded: readonly string[];
  /** Microseconds. */
  readonly window: number;
  readonly pageSize: number;
  readonly minPollMs: number;
  readonly maxPollMs: number;
  readonly stopAtEnd: boolean;
  readonly filter: {
    readonly eventTypes: string[];
    readonly aggregateTypes: string[];
    readonly resourceOwner: string;
    readonly editorUserId: string;
  };
}

/** Resolves the options. Throws a TypeError if they are invalid. */
export function resolveFollowOptions(options: FollowEventsOptions): ResolvedFollowOptions {
  requireObject("its second argument", options, "{ after }");
  requireKnown("", options, KNOWN, FOREIGN);
  requireFunction("onRetry", options.onRetry);
  requireBoolean("stopAtEnd", options.stopAtEnd);
  requireSignal("signal", options.signal);
  const { windowMs, pageSize = MAX_PAGE_SIZE, minPollMs = MIN_POLL_MS, stopAtEnd = false } = options;
  const { maxPollMs = Math.max(MAX_POLL_MS, minPollMs) } = options;
  const within = (option: string, value: number, min: number, max: number): void => {
    if (typeof value === "number" && value >= min && value <= max) return;
    const seen = typeof value === "number" ? "out of range" : describe(value);
    throw invalidOption(option, seen, `from ${min} to ${max}`);
  };
  within("pageSize", pageSize, 1, MAX_PAGE_SIZE);
  within("minPollMs", minPollMs, 1, LONGEST_TIMER_MS);
  within("maxPollMs", maxPollMs, minPollMs, LONGEST_TIMER_MS);
  if (!Number.isInteger(pageSize)) throw invalidOption("pageSize", "not an integer", "an integer");
  return {
    ...resolveStart(options.after),
    window: resolveWindow(windowMs),
    pageSize,
    minPollMs,
    maxPollMs,
    stopAtEnd,
    filter: resolveFilter(options),
  };
}

/** The window in microseconds. */
export function resolveWindow(windowMs: number = SHORTEST_WINDOW_MS): number {
  if (Number.isFinite(windowMs) && windowMs >= SHORTEST_WINDOW_MS) return Math.ceil(windowMs * 1e3);
  const seen = typeof windowMs === "number" ? "out of range" : describe(windowMs);
  throw invalidOption("windowMs", seen, `${SHORTEST_WINDOW_MS} or more`);
}

function resolveStart(
  after: FollowEventsOptions["after"],
): Pick<ResolvedFollowOptions, "settled" | "yielded"> {
  if (after === undefined) return { settled: BEGINNING, yielded: [] };
  if (after instanceof Date) {
    if (Number.isNaN(after.getTime())) throw invalidOption("after", "an invalid Date", "a valid one");
    return { settled: Math.max(BEGINNING, after.getTime() * 1e3 - 1), yielded: [] };
  }
  requireCursor("after", after);
  return { settled: parseInstant(after.after), yielded: after.except };
}

function resolveFilter({
  eventTypes = [],
  aggregateTypes = [],
  resourceOwner = "",
  editorUserId = "",
}: FollowEventsOptions): ResolvedFollowOptions["filter"] {
  requireStrings("eventTypes", eventTypes);
  requireStrings("aggregateTypes", aggregateTypes);
  for (const [option, value] of Object.entries({ resourceOwner, editorUserId })) {
    if (typeof value !== "string") throw invalidOption(option, describe(value), "an id");
  }
  return {
    eventTypes: [...eventTypes],
    aggregateTypes: [...aggregateTypes],
    resourceOwner,
    editorUserId,
  };
}
