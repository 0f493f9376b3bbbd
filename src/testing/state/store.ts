import { randomBytes } from "node:crypto";
import { type CommitDelay, EventLog, type NewEvent } from "./event-log.ts";
import type { Aggregate, History } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import { newInstanceSettings } from "./new-instance.ts";
import { applyUserEvent } from "./user-effects.ts";

/** The number of events that the server writes to set up an instance, without those of its two administrators. */
const EVENTS_OF_SETUP = 106;

/** The sequence of the last of those events that is visible in reads of the instance. */
const SHOWN_OF_SETUP = 30;

/** Creates an empty store. */
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
    assets: new Map(),
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

/** Creates an object without events. */
export function newAggregate(
  { now }: Pick<Store, "now">,
  identity: Pick<Aggregate, "aggregateType" | "id" | "resourceOwner">,
): Aggregate {
  const history = newHistory(now());
  return { ...identity, ...history, shown: { sequence: 0, changedAt: history.changedAt } };
}

/** Gives an object the sequence and date of its last event of these types. Returns it unchanged if there is none. */
export function rewindToLast<T extends Aggregate>(store: Store, object: T, eventTypes: readonly string[]): T {
  const { aggregateType, id: aggregateId } = object;
  const event = store.events.findLast({ aggregateTypes: [aggregateType], aggregateId, eventTypes });
  if (event === undefined) return object;
  return { ...object, sequence: event.sequence, changedAt: Math.floor(event.at / 1_000) };
}

/** Creates a history without events. */
export function newHistory(now: number): History {
  return { sequence: 0, createdAt: now, changedAt: now };
}

/**
 * Writes events about an object, and updates its history. All changes are recorded this way. Pass the events that the
 * server writes, in the server's order. Everything that one RPC call writes is one transaction.
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

/** The same for a part of an object, such as a role of a project: it has its own history, but no events of its own. */
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

/** Creates an unguessable string of `length` letters and digits. */
export function secretText(length: number): string {
  return randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
}

/** Settings in a request; undefined ones stay unchanged. */
export type Changes<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** Finds the defined settings that differ from those of `target`. */
export function differences<T extends object>(target: NoInfer<T>, settings: Changes<T>): Partial<T> {
  const changes = Object.entries(settings).filter(
    ([name, value]) => value !== undefined && target[name as keyof T] !== value,
  );
  // The entries come from Changes<T>, without undefined.
  return Object.fromEntries(changes) as Partial<T>;
}

/**
 * The events that change the sequence and date in reads of an object: those for which the reducers in Zitadel's
 * internal/query/projection set both. For other aggregate types, all events do.
 */
const SHOWN: Readonly<Partial<Record<string, RegExp>>> = {
  instance: /^instance\.(changed|default\.(org|language)\.set)$/,
  project: /^project\.(added|changed|deactivated|reactivated|removed)$/,
  org: /^org\.(added|changed|deactivated|reactivated|removed|domain\.primary\.set)$/,
  user: new RegExp(
    [
      "^user\\.(locked|unlocked|deactivated|reactivated|username\\.changed|domain\\.claimed",
      "|human\\.(added|selfregistered|profile\\.changed|phone\\.(changed|removed|verified)|email\\.(changed|verified)",
      "|avatar\\.(added|removed))|machine\\.(added|changed|secret\\.(set|updated|removed)))$",
    ].join(""),
  ),
};

/** Whether an event changes the history that is visible in reads of an object. */
export function isShown({ aggregateType }: Aggregate, { type }: NewEvent): boolean {
  return SHOWN[aggregateType]?.test(type) ?? true;
}
