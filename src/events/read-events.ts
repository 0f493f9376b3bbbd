import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ListEventsRequestSchema } from "../../gen/zitadel/admin_pb.js";
import type { Event } from "../../gen/zitadel/event_pb.js";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireBoolean,
  requireKnown,
  requireObject,
  requireStrings,
} from "../shared/invalid-option.ts";

/** A client that lists events: one from this package, or one for services that you generated. */
export interface EventLister<E extends Event = Event> {
  readonly admin: {
    readonly v1: {
      listEvents(request?: MessageInitShape<typeof ListEventsRequestSchema>): AsyncIterable<E>;
    };
  };
}

/** Options of {@link readEvents}. Without options, it reads the whole log. */
export interface ReadEventsOptions {
  /** Events created at this time or later. Default: from the beginning of the log. */
  readonly from?: Date | undefined;
  /** Events created before this time. Default: up to the end of the log at the time it is reached. */
  readonly to?: Date | undefined;
  /** Only events of these types, such as `user.human.added`. Default: all. */
  readonly eventTypes?: readonly string[] | undefined;
  /** Only events of objects of these types, such as `user` or `org`. Default: all. */
  readonly aggregateTypes?: readonly string[] | undefined;
  /** Only events of this object, by id. They are in the order of their sequence numbers. Default: all. */
  readonly aggregateId?: string | undefined;
  /** Only events of objects that belong to this organization (or instance), by id. Default: all. */
  readonly resourceOwner?: string | undefined;
  /** Only events caused by this user, by id. Default: all. */
  readonly editorUserId?: string | undefined;
  /** Newest first. Default: false, oldest first. */
  readonly newestFirst?: boolean | undefined;
}

const KNOWN: Record<keyof ReadEventsOptions, true> = {
  from: true,
  to: true,
  eventTypes: true,
  aggregateTypes: true,
  aggregateId: true,
  resourceOwner: true,
  editorUserId: true,
  newestFirst: true,
};

const FOREIGN = {
  since: "from",
  after: "from",
  until: "to",
  before: "to",
  types: "eventTypes",
  userId: "aggregateId",
};

/**
 * Reads the events between two times, filtered by the server, page by page. Needs the permission `events.read`, which
 * IAM_OWNER_VIEWER has. For future events, use {@link followEvents}: events of the last few seconds may appear after
 * later ones (docs/events.md).
 *
 * @throws TypeError if an option is invalid; the iteration rejects with a ZitadelError or a ListError
 */
export function readEvents<E extends Event>(
  zitadel: EventLister<E>,
  options: ReadEventsOptions = {},
): AsyncIterable<E> {
  const request = checkOptions("readEvents()", () => toRequest(options));
  return zitadel.admin.v1.listEvents(request);
}

function toRequest(options: ReadEventsOptions): MessageInitShape<typeof ListEventsRequestSchema> {
  requireObject("its second argument", options, "{ from, to }");
  requireKnown("", options, KNOWN, FOREIGN);
  const { from, to, eventTypes = [], aggregateTypes = [], newestFirst = false } = options;
  const { aggregateId = "", resourceOwner = "", editorUserId = "" } = options;
  requireStrings("eventTypes", eventTypes);
  requireStrings("aggregateTypes", aggregateTypes);
  for (const [option, value] of Object.entries({ aggregateId, resourceOwner, editorUserId })) {
    if (typeof value !== "string") throw invalidOption(option, describe(value), "an id");
  }
  requireBoolean("newestFirst", newestFirst);
  for (const [option, value] of Object.entries({ from, to })) requireDate(option, value);
  // The server's bounds are exclusive, and its times have microseconds.
  const since = from && { ...timestampFromDate(new Date(from.getTime() - 1)), nanos: lastMicrosecond(from) };
  const range = { ...(since && { since }), ...(to && { until: timestampFromDate(to) }) };
  return {
    eventTypes: [...eventTypes],
    aggregateTypes: [...aggregateTypes],
    aggregateId,
    resourceOwner,
    editorUserId,
    asc: !newestFirst,
    ...(from === undefined && to === undefined
      ? {}
      : { creationDateFilter: { case: "range" as const, value: range } }),
  };
}

/** The nanoseconds of the microsecond before a time. */
function lastMicrosecond(time: Date): number {
  return ((((time.getTime() - 1) % 1_000) + 1_000) % 1_000) * 1_000_000 + 999_000;
}

function requireDate(option: string, value: unknown): void {
  if (value === undefined || (value instanceof Date && !Number.isNaN(value.getTime()))) return;
  throw invalidOption(option, value instanceof Date ? "an invalid Date" : describe(value), "a Date");
}
