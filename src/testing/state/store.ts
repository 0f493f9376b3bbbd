import { randomBytes } from "node:crypto";
import type { StoredApplication } from "./applications.ts";
import type { Organization } from "./organizations.ts";
import type { Session } from "./sessions.ts";
import type { Token } from "./tokens.ts";
import type { User } from "./users.ts";

/** What every stored object has: who owns it and how it has changed. */
export interface Aggregate {
  readonly id: string;
  /** The id of the organization, or of the instance, that the object belongs to. */
  readonly resourceOwner: string;
  /** The number of events so far. */
  sequence: number;
  readonly createdAt: number;
  changedAt: number;
}

/** All that the emulator remembers. */
export interface Store {
  readonly instanceId: string;
  /** The domain that the instance is known by; organizations get domains below it. */
  readonly domain: string;
  /** The organization of calls that name none and of users that are created without one. */
  defaultOrganizationId: string;
  readonly organizations: Map<string, Organization>;
  readonly users: Map<string, User>;
  readonly sessions: Map<string, Session>;
  /** By client id. */
  readonly applications: Map<string, StoredApplication>;
  /** By the token itself. */
  readonly tokens: Map<string, Token>;
  /** Milliseconds since the epoch, by the emulator's clock. */
  now(): number;
  newId(): string;
}

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
