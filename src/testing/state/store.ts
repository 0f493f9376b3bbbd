import { randomBytes } from "node:crypto";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";

/** A store with nothing in it. */
export function createStore(domain: string, now: () => number): Store {
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
    tokens: new Map(),
    now,
    newId,
  };
}

/** A new object; `events` is how many the server writes when it creates one of its kind. */
export function newAggregate(store: Store, id: string, resourceOwner: string, events: number): Aggregate {
  const now = store.now();
  return { id, resourceOwner, sequence: events, createdAt: now, changedAt: now };
}

/** Notes a change. */
export function touch(store: Store, aggregate: Aggregate, events = 1): void {
  aggregate.sequence += events;
  aggregate.changedAt = store.now();
}

/** `length` letters and digits that nobody can guess. */
export function secretText(length: number): string {
  return randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
}
