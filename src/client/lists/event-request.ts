import { clone, create, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { PageRequest } from "./page-request.ts";

/** The parts of a request for events that say which page it wants; all services that are generated have them. */
interface EventsRequest {
  sequence: bigint | string;
  limit: number;
  readonly asc: boolean;
  readonly aggregateId: string;
  creationDateFilter:
    | { case: "from"; value: Timestamp }
    | { case: "range"; value: { since?: Timestamp; until?: Timestamp } }
    | { case: undefined; value?: undefined };
}

/** A caller's request for events, from which those for the pages are made. Position 0 is where the request begins. */
export function eventsRequest(method: DescMethodUnary, request: object | undefined): PageRequest {
  const { input } = method;
  const base = clone(input, create(input, request as Record<string, unknown> | undefined));
  const { limit, asc: ascending, aggregateId } = partsOf(base);
  const by = aggregateId === "" ? "time" : "sequence";
  return {
    limit: limit || undefined,
    start: 0n,
    ascending,
    by,
    at(position, pageLimit) {
      const message = clone(input, base);
      const parts = partsOf(message);
      parts.limit = pageLimit;
      if (position > 0n && by === "sequence") {
        parts.sequence = typeof parts.sequence === "string" ? String(position) : position;
      }
      if (position > 0n && by === "time") setBound(parts, position);
      return message;
    },
  };
}

function partsOf(message: Message): EventsRequest {
  return message as Message & EventsRequest;
}

/** Moves the bound on the side from which the list is read. */
function setBound(parts: EventsRequest, position: bigint): void {
  const nanos = Number(position % 1_000_000n) * 1_000;
  const time = create(TimestampSchema, { seconds: position / 1_000_000n, nanos });
  const { creationDateFilter: filter } = parts;
  if (filter.case === "range") filter.value[parts.asc ? "since" : "until"] = time;
  else parts.creationDateFilter = { case: "from", value: time };
}
