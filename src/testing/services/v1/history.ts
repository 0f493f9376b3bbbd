import type { LoggedEvent } from "../../state/event-log.ts";
import type { Aggregate, History } from "../../state/model/aggregate.ts";
import type { Store } from "../../state/model/store.ts";
import { toChangeDetailsV1 } from "../details.ts";

/** Finds the history of a part of an object from the events about it. Undefined if there are none. */
export function findHistory(
  store: Store,
  { aggregateType, id: aggregateId }: Pick<Aggregate, "aggregateType" | "id">,
  isAbout: (event: LoggedEvent) => boolean,
): History | undefined {
  const filter = { aggregateTypes: [aggregateType], aggregateId, asc: true, limit: Number.POSITIVE_INFINITY };
  const events = store.events.find(filter).filter(isAbout);
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { sequence: last.sequence, createdAt: toMs(first.at), changedAt: toMs(last.at) };
}

/** Whether the server reads an event when it looks up a role of a project. */
export function isRoleEvent({ type, payload }: LoggedEvent, key: string): boolean {
  if (type === "project.added" || type === "project.removed") return true;
  return type.startsWith("project.role.") && payload?.["key"] === key;
}

/** Creates the details of a removal that finds nothing: those of the last change, if the part ever existed. */
export function toRemovalDetails(
  store: Store,
  object: Pick<Aggregate, "aggregateType" | "id">,
  organizationId: string,
  isAbout: (event: LoggedEvent) => boolean,
): ReturnType<typeof toChangeDetailsV1> | { resourceOwner: string } {
  const history = findHistory(store, object, isAbout);
  const resourceOwner = organizationId;
  return history === undefined ? { resourceOwner } : toChangeDetailsV1({ ...history, resourceOwner });
}

function toMs(microseconds: number): number {
  return Math.floor(microseconds / 1_000);
}
