import { randomBytes } from "node:crypto";
import { type CommitDelay, EventLog, type NewEvent } from "./event-log.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";

/** A store with nothing in it. */
export function createStore(domain: string, now: () => number, commitDelay?: CommitDelay): Store {
  let lastId = 400_000_000_000_000_000n;
  const newId = (): string => {
    lastId += 65_536n;
    return lastId.toString();
  };
  return {
    instanceId: newId(),
    domain,
    defaultOrganizationId: "",
    organizations: new Map(),
    users: new Map(),
    sessions: new Map(),
    applications: new Map(),
    projects: new Map(),
    roleGrants: [],
    tokens: new Map(),
    events: new EventLog(now, commitDelay),
    now,
    newId,
  };
}

/** A new object, of which nothing is written yet. */
export function newAggregate(
  store: Store,
  identity: Pick<Aggregate, "aggregateType" | "id" | "resourceOwner">,
): Aggregate {
  const now = store.now();
  return { ...identity, sequence: 0, createdAt: now, changedAt: now };
}

/**
 * Writes what happened to an object into the log of events: the one way in which anything is noted as changed. An RPC
 * calls it with the events that the server writes, in the server's order; all that one call writes is one transaction.
 */
export function writeEvents(store: Store, aggregate: Aggregate, ...events: readonly NewEvent[]): void {
  for (const event of events) {
    const { sequence, at } = store.events.append(aggregate, event);
    const time = Math.floor(at / 1_000);
    if (aggregate.sequence === 0) aggregate.createdAt = time;
    aggregate.sequence = sequence;
    aggregate.changedAt = time;
  }
}

/** `length` letters and digits that nobody can guess. */
export function secretText(length: number): string {
  return randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
}
