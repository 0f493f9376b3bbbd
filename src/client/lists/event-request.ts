import { create, type Message } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** The parts of a request for events that select a page; all generated services have them. */
interface EventsRequest {
  sequence: bigint | string;
  readonly asc: boolean;
  readonly aggregateId: string;
  creationDateFilter:
    | { case: "from"; value: Timestamp }
    | { case: "range"; value: { since?: Timestamp; until?: Timestamp } }
    | { case: undefined; value?: undefined };
}

/** Whether a request is for the events of several objects, which are listed by creation time. */
export function isByTime(request: Message): boolean {
  return toParts(request).aggregateId === "";
}

/**
 * Makes a request for events start after a position: a sequence number, or a time in microseconds. 0 is the start of the
 * list.
 */
export function startAfter(request: Message, position: bigint): void {
  if (position === 0n) return;
  const parts = toParts(request);
  if (isByTime(request)) setBound(parts, position);
  else parts.sequence = typeof parts.sequence === "string" ? String(position) : position;
}

function toParts(message: Message): EventsRequest {
  return message as Message & EventsRequest;
}

/** Sets the bound on the side from which the list is read. */
function setBound(parts: EventsRequest, position: bigint): void {
  const nanos = Number(position % 1_000_000n) * 1_000;
  const time = create(TimestampSchema, { seconds: position / 1_000_000n, nanos });
  const { creationDateFilter: filter } = parts;
  if (filter.case === "range") filter.value[parts.asc ? "since" : "until"] = time;
  else parts.creationDateFilter = { case: "from", value: time };
}
