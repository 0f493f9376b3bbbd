import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ListEventsRequest } from "../../../gen/zitadel/admin_pb.js";
import type { ChangeQuery, ChangeSchema } from "../../../gen/zitadel/change_pb.js";
import type { EventSchema } from "../../../gen/zitadel/event_pb.js";
import type { EventFilter, LoggedEvent } from "../state/event-log.ts";
import { getShownSince } from "../state/limits.ts";
import type { Store } from "../state/model/store.ts";
import { getDisplayName } from "../state/users.ts";
import { toAssetUrl } from "./asset-urls.ts";
import { toUserReference } from "./user-references.ts";

/** The maximum page size of the server, which silently reduces larger limits. */
const MAX_LIMIT = 1_000;

/** Finds the events that a request asks for, in the order that it asks for. */
export function findEvents(store: Store, request: ListEventsRequest): MessageInitShape<typeof EventSchema>[] {
  const { aggregateTypes, aggregateId, eventTypes, resourceOwner, editorUserId: editorId, asc } = request;
  const limit = request.limit === 0 ? MAX_LIMIT : Math.min(request.limit, MAX_LIMIT);
  const objects = { aggregateTypes, aggregateId, eventTypes, resourceOwner, editorId };
  const { after = 0, before } = parseTimes(request);
  const times = { after: Math.max(after, getShownSince(store)), before };
  const filter = { ...objects, sequence: Number(request.sequence), asc, limit, ...times };
  return store.events.find(filter).map((event) => toEventView(store, event));
}

/**
 * A range takes precedence over `from`, and `from` over `creation_date`. The last two depend on the list's direction.
 */
function parseTimes({
  creationDateFilter,
  creationDate,
  asc,
}: ListEventsRequest): Pick<EventFilter, "after" | "before"> {
  if (creationDateFilter.case === "range") {
    const { since, until } = creationDateFilter.value;
    return { after: toMicroseconds(since), before: toMicroseconds(until) };
  }
  const bound = toMicroseconds(creationDateFilter.value ?? creationDate);
  return asc ? { after: bound } : { before: bound };
}

/** Converts a bound to microseconds since the epoch. The epoch itself means that there is no bound. */
function toMicroseconds(time: Timestamp | undefined): number | undefined {
  if (time === undefined || time.seconds === 0n) return undefined;
  return Number(time.seconds) * 1e6 + Math.floor(time.nanos / 1e3);
}

/** Finds the changes of an object: its events, newest first by default. */
export function findChanges(
  store: Store,
  object: Pick<EventFilter, "aggregateTypes" | "aggregateId" | "resourceOwner" | "data">,
  query: ChangeQuery | undefined,
  origin: string,
): MessageInitShape<typeof ChangeSchema>[] {
  const { sequence = 0n, limit = 0, asc = false } = query ?? {};
  const page = { sequence: Number(sequence), asc, limit: limit === 0 ? Infinity : limit };
  const filter = { ...object, ...page, after: getShownSince(store) };
  return store.events.find(filter).map((event) => toChangeView(store, event, origin));
}

function toEventView(store: Store, event: LoggedEvent): MessageInitShape<typeof EventSchema> {
  const { aggregateType, aggregateId: id, resourceOwner, type, sequence, payload, editorId } = event;
  return {
    editor: { userId: editorId, displayName: findName(store, editorId), service: "zitadel" },
    aggregate: {
      id,
      type: { type: aggregateType, localized: toLocalized("AggregateTypes", aggregateType) },
      resourceOwner,
    },
    sequence: BigInt(sequence),
    creationDate: toTimestamp(event.at),
    type: { type, localized: toLocalized("EventTypes", type) },
    ...(payload === undefined ? {} : { payload }),
  };
}

function toChangeView(
  store: Store,
  event: LoggedEvent,
  origin: string,
): MessageInitShape<typeof ChangeSchema> {
  const { editorId, resourceOwner: resourceOwnerId, sequence, type, at } = event;
  return {
    changeDate: toTimestamp(at),
    eventType: toLocalized("EventTypes", type),
    sequence: BigInt(sequence),
    editorId,
    editorDisplayName: findName(store, editorId),
    editorPreferredLoginName: toUserReference(store, editorId)?.preferredLoginName ?? "",
    resourceOwnerId,
    editorAvatarUrl: toAssetUrl(origin, resourceOwnerId, store.users.get(editorId)?.human?.avatarKey),
  };
}

/** A localized text, as the server sends it for a language without texts. */
export function toLocalized(kind: string, type: string): { key: string; localizedMessage: string } {
  const key = `${kind}.${type}`;
  return { key, localizedMessage: key };
}

function findName(store: Store, userId: string): string {
  const user = store.users.get(userId);
  return user === undefined ? "" : getDisplayName(user);
}

function toTimestamp(at: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(at / 1e6)), nanos: (at % 1e6) * 1e3 };
}
