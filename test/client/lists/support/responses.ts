import { create, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ListEventsRequest } from "../../../../gen/zitadel/admin_pb.js";
import type { Event } from "../../../../gen/zitadel/event_pb.js";
import { methodTraits, type Paging } from "../../../../src/descriptor/method-traits.ts";
import type { Behavior, PageRequest } from "./list-server.ts";

/** The response of a list RPC, as Zitadel would make it from these items. */
export function makeResponse(method: DescMethodUnary, asked: PageRequest, behavior: Behavior): Message {
  const { items: field, paging } = methodTraits(method).list ?? unlisted(method);
  const found = paging === undefined ? behavior.items : slice(asked, behavior, paging.by);
  const visible = found.filter((item) => !behavior.hidden(item));
  // Zitadel counts along with the rows, so an empty page has no total.
  const total = found.length === 0 ? 0 : behavior.items.length;
  const totalResult = BigInt(behavior.total === "true" ? total : visible.length);
  const init: Record<string, unknown> = { [field.localName]: visible };
  if (method.output.field["details"]?.message?.field["totalResult"]) init["details"] = { totalResult };
  if (method.output.field["pagination"]) {
    const says = behavior.above === "cut and say";
    const appliedLimit = BigInt(says ? effectiveLimit(asked, behavior) : 0);
    init["pagination"] = { totalResult, appliedLimit };
  }
  return create(method.output, init as never) as Message;
}

function effectiveLimit({ limit }: PageRequest, { max }: Behavior): number {
  return Math.min(limit === 0 ? Number.POSITIVE_INFINITY : limit, max);
}

function slice(asked: PageRequest, behavior: Behavior, by: Paging["by"]): unknown[] {
  const limit = effectiveLimit(asked, behavior);
  if (by === "offset") return behavior.items.slice(asked.offset, asked.offset + limit);
  if (by === "time") return filterEvents(asked, behavior).slice(0, limit);
  const { ascending, sequence } = asked;
  const ordered = ascending ? behavior.items : [...behavior.items].reverse();
  return ordered
    .filter(
      (item) => sequence === 0 || (ascending ? getSequence(item) > sequence : getSequence(item) < sequence),
    )
    .slice(0, limit);
}

/** By the time of creation, exclusive. */
function filterEvents({ ascending, request }: PageRequest, { items }: Behavior): unknown[] {
  const { creationDateFilter } = request as unknown as ListEventsRequest;
  const { value } = creationDateFilter.case === "from" ? creationDateFilter : { value: undefined };
  const bound = value === undefined ? undefined : toMicroseconds(value);
  const ordered = ascending ? items : [...items].reverse();
  return ordered.filter((item) => {
    const time = toMicroseconds((item as Event).creationDate);
    return bound === undefined || (ascending ? time > bound : time < bound);
  });
}

function toMicroseconds(time: Timestamp | undefined): number {
  return Number(time?.seconds ?? 0n) * 1e6 + (time?.nanos ?? 0) / 1e3;
}

function getSequence(item: unknown): number {
  return Number((item as { sequence: bigint }).sequence);
}

function unlisted(method: DescMethodUnary): never {
  throw new Error(`${method.toString()} does not list`);
}
