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
import { Pace } from "./pace.ts";
import { type EventSource, readLog } from "./read-log.ts";

/** An event, as the server sent it, with its place in the log. */
export type FollowedEvent<E extends Event = Event> = E & {
  /** The place behind it: `followEvents()` goes on from here, also in another process. Made when it is asked for. */
  readonly cursor: EventCursor;
};

/** Events as they come. Each iteration begins anew, after what the options say. */
export interface EventStream<E extends Event = Event> extends AsyncIterable<FollowedEvent<E>> {
  /** Looks at once, as a webhook may have told that something happened. Never needed; harmless at any time. */
  wake(): void;
  [Symbol.asyncIterator](): AsyncGenerator<FollowedEvent<E>, undefined>;
}

/**
 * Follows the log of events of an instance, for ever: yields every event once, from where `after` says, and then
 * each new one soon after it was written.
 *
 * - **Nothing is lost**: not when the server or the network is away, which it waits for; not between two pages; and not
 *   when an event appears behind later ones, as it does when its transaction began earlier. See `windowMs`.
 * - **Nothing is repeated**, within an iteration, and from one to the next that goes on from a `cursor`.
 * - **The events of one object are in its order**, that of their sequence numbers. Those of different objects are mostly in
 *   the order of their times.
 * - It reads when you ask for more: a slow loop costs no memory.
 *
 * It looks every `minPollMs` while events come in, and less and less often, up to every `maxPollMs`, while none do.
 *
 * Errors that may pass are waited out, for however long. One that says that the call can never succeed, such as a missing
 * permission, ends the iteration: at once if no call has succeeded yet, else when it has lasted for a minute, as a
 * Zitadel in trouble may answer so for a while. So does, with `FailedPrecondition`, an instant at which more than 1000
 * events were created: ask for fewer types.
 *
 * The service user needs the permission `events.read`, as with the role IAM_OWNER_VIEWER.
 *
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
 * @throws TypeError when an option makes no sense
 */
export function followEvents<E extends Event>(
  zitadel: EventSource<E>,
  options: FollowEventsOptions = {},
): EventStream<E> {
  return followByClock(systemClock, zitadel, options);
}

/**
 * A cursor of now: before the newest event by the window of `followEvents()`. What you read from the instance after
 * this call has everything that comes before the cursor, so that a first copy and following from here have no gap
 * between them. They overlap: what was written in the last seconds before is yielded, too.
 *
 * @throws TypeError when an option makes no sense
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

/** `followEvents()`, by a clock of the caller's. */
export function followByClock<E extends Event>(
  clock: Clock,
  source: EventSource<E>,
  options: FollowEventsOptions,
): EventStream<E> {
  const { filter, ...resolved } = checkOptions("followEvents()", () => resolveFollowOptions(options));
  const { signal, onRetry } = options;
  const paces = new Set<Pace>();
  async function* follow(): AsyncGenerator<FollowedEvent<E>, undefined> {
    const tail = new EventTail<E>({ ...resolved, maxPageSize: MAX_PAGE_SIZE });
    const pace = new Pace(clock, resolved, signal);
    paces.add(pace);
    const isOver = (): boolean => signal?.aborted === true || (resolved.stopAtEnd && tail.hasReachedEnd);
    try {
      while (!isOver()) {
        const released = await look(tail, pace);
        for (const one of released) {
          if (signal?.aborted) return;
          yield withCursor(one);
        }
        if (tail.atEnd && !isOver()) await pace.afterPass(tail.hasPending);
      }
    } finally {
      paces.delete(pace);
    }
    return undefined;
  }
  async function look(tail: EventTail<E>, pace: Pace): Promise<ReleasedEvent<E>[]> {
    try {
      const answer = await readLog(source, tail.next(), filter, signal);
      const released = tail.take(answer);
      pace.succeeded(released.length > 0);
      return released;
    } catch (error) {
      if (error instanceof OverfullInstant) throw overfull(error);
      if (signal?.aborted) return [];
      tail.giveUp();
      await pace.afterFailure(error, onRetry);
      return [];
    }
  }
  return {
    wake: () => {
      for (const pace of paces) pace.wake();
    },
    [Symbol.asyncIterator]: follow,
  };
}

/** Not enumerable, so that copying or printing an event does not make a cursor. */
function withCursor<E extends Event>(released: ReleasedEvent<E>): FollowedEvent<E> {
  const get = (): EventCursor => released.cursor;
  return Object.defineProperty(released.event, "cursor", { get }) as FollowedEvent<E>;
}

function overfull({ at }: OverfullInstant): ZitadelError {
  return new ZitadelError({
    method: METHOD,
    origin: "client",
    code: Code.FailedPrecondition,
    message: `more than ${MAX_PAGE_SIZE} events were created at one instant, ${formatInstant(at)}, and no page can have them all`,
    hint: "Ask for fewer of them, by eventTypes or aggregateTypes.",
  });
}
