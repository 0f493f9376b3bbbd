import { hash } from "node:crypto";
import type { ListEventsRequest } from "../../gen/zitadel/admin_pb.js";
import type { Event } from "../../gen/zitadel/event_pb.js";
import type { MessageInput } from "../input/message-input.ts";
import { BEGINNING, toInstant, toTimestamp } from "./event-cursor.ts";
import type { LogEntry, TailRequest } from "./event-tail.ts";
import type { ResolvedFollowOptions } from "./follow-options.ts";

/** A client that can read the event log: one from this package, or one for services that you generated. */
export interface EventSource<E extends Event = Event> {
  readonly admin: {
    readonly v1: {
      listEvents(
        request?: MessageInput<ListEventsRequest>,
        options?: { readonly signal?: AbortSignal | undefined },
      ): PromiseLike<{ readonly events: readonly E[] }>;
    };
  };
}

/** Sends a request of an `EventTail`. */
export async function readLog<E extends Event>(
  source: EventSource<E>,
  request: TailRequest,
  filter: ResolvedFollowOptions["filter"],
  signal: AbortSignal | undefined,
): Promise<LogEntry<E>[]> {
  const { listEvents } = source.admin.v1;
  const { events } = await (request.newest
    ? listEvents({ limit: 1 }, { signal })
    : listEvents({ ...filter, asc: true, limit: request.limit, ...createdAfter(request) }, { signal }));
  return events.map(toLogEntry);
}

function createdAfter({ after }: Extract<TailRequest, { newest: false }>): MessageInput<ListEventsRequest> {
  if (after <= BEGINNING) return {};
  return { creationDateFilter: { case: "from", value: toTimestamp(after) } };
}

/** 72 bits: of ten billion logs with a million events each, about one has two events with the same id. */
const ID_LENGTH = 12;

function toLogEntry<E extends Event>(event: E): LogEntry<E> {
  const { aggregate, sequence, creationDate } = event;
  const object = `${aggregate?.type?.type ?? ""}\n${aggregate?.id ?? ""}`;
  return {
    event,
    id: hash("sha256", `${object}\n${sequence}`, "base64url").slice(0, ID_LENGTH),
    aggregate: object,
    sequence: BigInt(sequence),
    at: creationDate === undefined ? BEGINNING : toInstant(creationDate),
  };
}
