import { Code } from "@connectrpc/connect";
import type { Event } from "../../gen/zitadel/event_pb.js";
import { ZitadelError } from "../errors/zitadel-error.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { checkOptions, requireKnown, requireObject } from "../shared/invalid-option.ts";
import { type EventCursor, formatInstant } from "./event-cursor.ts";
import { EventTail, OverfullInstant, type ReleasedEvent } from "./event-tail.ts";
import {
  type FollowEventsOptions,
  MAX_PAGE_SIZE,
  resolveFollowOptions,
  resolveWindow,
} from "./follow-options.ts";
import { PollSchedule } from "./poll-schedule.ts";
import { type EventSource, readLog } from "./read-log.ts";

/** An event from the server, with its position in the log. */
export type FollowedEvent<E extends Event = Event> = E & {
  /** The position after it: `followEvents()` continues from here, also in another process. Created on demand. */
  readonly cursor: EventCursor;
};

/** Events as they arrive. Each iteration starts again from the position in the options. */
export interface EventStream<E extends Event = Event> extends AsyncIterable<FollowedEvent<E>> {
  /** Polls immediately, for example because a webhook reported something. Never needed; harmless at any time. */
  wake(): void;
  [Symbol.asyncIterator](): AsyncGenerator<FollowedEvent<E>, undefined>;
}

/**
 * Follows the event log of an instance, forever: yields every event once, starting at `after`, and then each new one
 * soon after it is written.
 *
 * - **Nothing is lost**: not when the server or the network is down, which it waits out; not between two pages; and not
 *   when an event appears after later ones, because its transaction took longer. See `windowMs`.
 * - **Nothing is repeated** within an iteration, or in another one that continues from a `cursor`.
 * - **The events of one object are in order**, by their sequence numbers. Those of different objects are mostly ordered
 *   by time.
 * - It reads on demand: a slow loop needs no more memory.
 *
 * It polls every `minPollMs` while events come in, and less and less often, down to every `maxPollMs`, while none do.
 *
 * Transient errors are waited out, however long they last. An error that means that the call can never succeed, such as
 * a missing permission, ends the iteration: at once if no call has succeeded yet, otherwise once a minute has passed
 * since the last success, because a Zitadel in trouble may respond like that for a while. The iteration also ends, with
 * `FailedPrecondition`, if it reaches an instant with more than 1000 events: ask for fewer types.
 *
 * The service user needs the permission `events.read`, for example from the role IAM_OWNER_VIEWER.
 *
 * @example
 * ```ts
 * import { type EventCursor, followEvents } from "zitadel-connect";
 *
 * let cursor: EventCursor | undefined; // stored with what the events changed
 * for await (const event of followEvents(zitadel, { after: cursor, aggregateTypes: ["user"] })) {
 *   console.log(event.type?.type, event.aggregate?.id);
 *   cursor = event.cursor;
 * }
 * ```
 *
 * @throws TypeError if an option is invalid
 */
export function followEvents<E extends Event>(
  zitadel: EventSource<E>,
  options: FollowEventsOptions = {},
): EventStream<E> {
  return followByClock(systemClock, zitadel, options);
}

/**
 * A cursor for the present: the newest event's time, less the window of `followEvents()`. Whatever you read from the
 * instance after this call includes everything before the cursor, so there is no gap between a first copy and following
 * from here. They overlap: events of the last few seconds are yielded too.
 *
 * @throws TypeError if an option is invalid
 */
export async function latestEventCursor(
  zitadel: EventSource,
  options: Pick<FollowEventsOptions, "windowMs" | "signal"> = {},
): Promise<EventCursor> {
  const { windowMs, signal } = options;
  const window = checkOptions("latestEventCursor()", () => {
    requireObject("its second argument", options, "{ windowMs }");
    requireKnown("", options, { windowMs: true, signal: true });
    return resolveWindow(windowMs);
  });
  const [newest] = await readLog(zitadel, { newest: true }, NO_FILTER, signal);
  return { after: formatInstant((newest?.at ?? 0) - window), except: [] };
}

const NO_FILTER = { eventTypes: [], aggregateTypes: [], resourceOwner: "", editorUserId: "" };
const METHOD = "zitadel.admin.v1.AdminService/ListEvents";

/** `followEvents()` with an injected clock. */
export function followByClock<E extends Event>(
  clock: Clock,
  source: EventSource<E>,
  options: FollowEventsOptions,
): EventStream<E> {
  const { filter, ...resolved } = checkOptions("followEvents()", () => resolveFollowOptions(options));
  const { signal, onRetry } = options;
  const schedules = new Set<PollSchedule>();
  async function* follow(): AsyncGenerator<FollowedEvent<E>, undefined> {
    const tail = new EventTail<E>({ ...resolved, maxPageSize: MAX_PAGE_SIZE });
    const schedule = new PollSchedule(clock, resolved, signal);
    schedules.add(schedule);
    const isOver = (): boolean => signal?.aborted === true || (resolved.stopAtEnd && tail.hasReachedEnd);
    try {
      while (!isOver()) {
        const released = await look(tail, schedule);
        for (const one of released) {
          if (signal?.aborted) return;
          yield withCursor(one);
        }
        if (tail.atEnd && !isOver()) await schedule.afterPass(tail.hasPending);
      }
    } finally {
      schedules.delete(schedule);
    }
    return undefined;
  }
  async function look(tail: EventTail<E>, schedule: PollSchedule): Promise<ReleasedEvent<E>[]> {
    try {
      const page = await readLog(source, tail.next(), filter, signal);
      const released = tail.take(page);
      schedule.succeeded(released.length > 0);
      return released;
    } catch (error) {
      if (error instanceof OverfullInstant) throw overfull(error);
      if (signal?.aborted) return [];
      tail.giveUp();
      await schedule.afterFailure(error, onRetry);
      return [];
    }
  }
  return {
    wake: () => {
      for (const schedule of schedules) schedule.wake();
    },
    [Symbol.asyncIterator]: follow,
  };
}

/** Not enumerable, so that copying or printing an event does not create a cursor. */
function withCursor<E extends Event>(released: ReleasedEvent<E>): FollowedEvent<E> {
  const get = (): EventCursor => released.cursor;
  return Object.defineProperty(released.event, "cursor", { get }) as FollowedEvent<E>;
}

function overfull({ at }: OverfullInstant): ZitadelError {
  return new ZitadelError({
    method: METHOD,
    origin: "client",
    code: Code.FailedPrecondition,
    message: `more than ${MAX_PAGE_SIZE} events were created at one instant, ${formatInstant(at)}, more than fit on a page`,
    hint: "Ask for fewer of them with eventTypes or aggregateTypes.",
  });
}
