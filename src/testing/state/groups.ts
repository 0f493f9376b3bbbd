import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Group } from "./model/group.ts";
import type { Store } from "./model/store.ts";
import { differences, newAggregate, writeEvents } from "./store.ts";

export interface NewGroup {
  readonly id?: string | undefined;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string;
}

/** Creates a group. Its name must be unique in the organization. */
export function addGroup(store: Store, { id, organizationId, name, description }: NewGroup): Group {
  requireName(name, "GROUP-m177lN");
  if (!store.organizations.has(organizationId)) {
    throw zitadelError(Code.FailedPrecondition, "CMDGRP-j1mH8l", "Organisation not found");
  }
  if (id !== undefined && store.groups.has(id)) {
    throw zitadelError(Code.AlreadyExists, "CMDGRP-shRut3", "Errors.Group.AlreadyExists");
  }
  requireFreeName(store, organizationId, name);
  const identity = { aggregateType: "group", id: id ?? store.newId(), resourceOwner: organizationId };
  const group: Group = { ...newAggregate(store, identity), name, description, users: new Map() };
  store.groups.set(group.id, group);
  const payload = { name, ...(description === "" ? {} : { description }) };
  writeEvents(store, group, { type: "group.added", payload });
  return group;
}

/** Changes the settings that differ. */
export function changeGroup(
  store: Store,
  id: string,
  settings: { readonly name?: string | undefined; readonly description?: string | undefined },
): Group {
  if (settings.name !== undefined) requireName(settings.name, "GROUP-dUNd3r");
  const group = store.groups.get(id);
  if (group === undefined) throw zitadelError(Code.NotFound, "CMDGRP-b33zly", "Errors.Group.NotFound");
  const changes = differences(group, settings);
  if (Object.keys(changes).length === 0) return group;
  if (changes.name !== undefined) requireFreeName(store, group.resourceOwner, changes.name);
  Object.assign(group, changes);
  writeEvents(store, group, { type: "group.changed", payload: { ...changes } });
  return group;
}

/** Removes a group; its users stay. */
export function removeGroup(store: Store, group: Group): void {
  writeEvents(store, group, { type: "group.removed", payload: { id: group.id } });
  store.groups.delete(group.id);
}

/** Finds the group that users are added to or removed from. */
export function requireGroup(store: Store, id: string): Group {
  const group = store.groups.get(id);
  if (group === undefined) {
    throw zitadelError(Code.FailedPrecondition, "CMDGRP-eQfeur", "Errors.Group.NotFound");
  }
  return group;
}

/** Adds users of the same organization to a group. Ignores those who are in it already. */
export function addGroupUsers(store: Store, group: Group, userIds: readonly string[]): void {
  const added = [...new Set(userIds)].filter((id) => !group.users.has(id));
  if (added.length === 0) return;
  if (added.some((id) => store.users.get(id)?.resourceOwner !== group.resourceOwner)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-uXHNj", "User could not be found");
  }
  writeEvents(store, group, { type: "group.users.added", payload: { userIds: added } });
  for (const id of added) group.users.set(id, group.changedAt);
}

/** Removes users from a group. Ignores those who are not in it. */
export function removeGroupUsers(store: Store, group: Group, userIds: readonly string[]): void {
  const removed = [...new Set(userIds)].filter((id) => group.users.delete(id));
  if (removed.length === 0) return;
  writeEvents(store, group, { type: "group.users.removed", payload: { userIds: removed } });
}

function requireName(name: string, id: string): void {
  if (name.trim() === "") throw zitadelError(Code.InvalidArgument, id, "Errors.Group.InvalidName");
}

function requireFreeName(store: Store, organizationId: string, name: string): void {
  for (const group of store.groups.values()) {
    if (group.resourceOwner === organizationId && group.name === name) {
      throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Errors.Group.AlreadyExists");
    }
  }
}
