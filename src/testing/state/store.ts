import { randomBytes } from "node:crypto";
import { type CommitDelay, EventLog, type NewEvent } from "./event-log.ts";
import type { Aggregate, History } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import { newInstanceSettings } from "./new-instance.ts";
import { isShown } from "./shown-events.ts";
import { applyUserEvent } from "./user-effects.ts";

/** So many events the server writes about an instance when it sets it up, besides those of its two administrators. */
const EVENTS_OF_SETUP = 106;

/** The last one of them that reads of the instance show. */
const SHOWN_OF_SETUP = 30;

/** A store with nothing in it. */
export function createStore(domain: string, now: () => number, commitDelay?: CommitDelay): Store {
  const instanceId = "400000000000065536";
  const instance = {
    ...newAggregate({ now }, { aggregateType: "instance", id: instanceId, resourceOwner: instanceId }),
    sequence: EVENTS_OF_SETUP,
    shown: { sequence: SHOWN_OF_SETUP, changedAt: now() },
  };
  const store: Store = {
    ids: { last: BigInt(instanceId) },
    serviceUser: undefined,
    instanceId,
    instance,
    settings: newInstanceSettings(instance, domain, secretText(6).toLowerCase()),
    domain,
    defaultOrganizationId: "",
    apiProjectId: "",
    organizations: new Map(),
    removedOrganizations: new Map(),
    users: new Map(),
    removedUsers: new Map(),
    authMethods: new Map(),
    sessions: new Map(),
    idpIntents: new Map(),
    projects: new Map(),
    applications: new Map(),
    authorizations: new Map(),
    groups: new Map(),
    administrators: new Map(),
    identityProviders: new Map(),
    customTexts: new Map(),
    policies: new Map(),
    notificationProviders: new Map(),
    actions: new Map(),
    flows: new Map(),
    targets: new Map(),
    executions: new Map(),
    tokens: new Map(),
    webKeys: new Map(),
    oidcSessions: new Map(),
    authRequests: new Map(),
    deviceAuthorizations: new Map(),
    events: new EventLog(now, commitDelay),
    now,
    newId: () => {
      store.ids.last += 65_536n;
      return store.ids.last.toString();
    },
  };
  return store;
}

/** A new object, of which nothing is written yet. */
export function newAggregate(
  { now }: Pick<Store, "now">,
  identity: Pick<Aggregate, "aggregateType" | "id" | "resourceOwner">,
): Aggregate {
  const history = newHistory(now());
  return { ...identity, ...history, shown: { sequence: 0, changedAt: history.changedAt } };
}

/** An object as it was after the last of these events that happened to it; as it is if none has. */
export function asOfLast<T extends Aggregate>(store: Store, object: T, eventTypes: readonly string[]): T {
  const { aggregateType, id: aggregateId } = object;
  const event = store.events.findLast({ aggregateTypes: [aggregateType], aggregateId, eventTypes });
  if (event === undefined) return object;
  return { ...object, sequence: event.sequence, changedAt: Math.floor(event.at / 1_000) };
}

/** Of something of which nothing is written yet. */
export function newHistory(now: number): History {
  return { sequence: 0, createdAt: now, changedAt: now };
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
    if (isShown(aggregate, event)) aggregate.shown = { sequence, changedAt: time };
    if (aggregate.aggregateType === "user") applyUserEvent(store, aggregate, event);
  }
}

/** The same for a part of an object, such as a role of a project: the events are the object's, and the part has its own history. */
export function writePartEvents(
  store: Store,
  aggregate: Aggregate,
  part: History,
  ...events: readonly NewEvent[]
): void {
  writeEvents(store, aggregate, ...events);
  if (part.sequence === 0) part.createdAt = aggregate.changedAt;
  part.sequence = aggregate.sequence;
  part.changedAt = aggregate.changedAt;
}

/** `length` letters and digits that nobody can guess. */
export function secretText(length: number): string {
  return randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
}

/** What a request may set, and leaves alone where it is undefined. */
export type Changes<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** The defined ones of `settings` that `target` has otherwise. */
export function differences<T extends object>(target: NoInfer<T>, settings: Changes<T>): Partial<T> {
  const changes = Object.entries(settings).filter(
    ([name, value]) => value !== undefined && target[name as keyof T] !== value,
  );
  // They are of the type that they were taken from.
  return Object.fromEntries(changes) as Partial<T>;
}
