import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { isGroupVisible } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import {
  addGroup,
  addGroupUsers,
  changeGroup,
  type NewGroup,
  removeGroup,
  removeGroupUsers,
  requireGroup,
} from "../state/groups.ts";
import type { Group } from "../state/model/group.ts";
import type { Store } from "../state/model/store.ts";
import { findRemovalDate, NO_TIME } from "./details.ts";
import { findPage, type ListRequest, type SortKeys, toPagination } from "./lists.ts";
import { type TextFilter, textMatches } from "./matching.ts";
import type { NewerHandlers } from "./newer.ts";
import { toUserWithAvatar } from "./user-references.ts";

interface GroupFilter {
  readonly filter:
    | { case: "groupIds"; value: { ids: string[] } }
    | { case: "nameFilter"; value: { name: string } & TextFilter }
    | { case: "organizationId"; value: { id: string } }
    | { case: undefined };
}

interface GroupUserFilter {
  readonly filter: { case: "userIds" | "groupIds"; value: { ids: string[] } } | { case: undefined };
}

interface GroupUser {
  readonly group: Group;
  readonly userId: string;
  readonly since: number;
}

/** zitadel.group.v2.GroupService */
export function createGroupV2(store: Store): NewerHandlers {
  return {
    createGroup: (request: NewGroup) => {
      const { id, createdAt } = addGroup(store, request);
      return { id, creationDate: timestampFromMs(createdAt) };
    },
    updateGroup: ({ id, ...settings }: { id: string; name?: string; description?: string }) => {
      const { changedAt } = changeGroup(store, id, {
        name: settings.name,
        description: settings.description,
      });
      return { changeDate: timestampFromMs(changedAt) };
    },
    // Removing an unknown group is not an error.
    deleteGroup: ({ id }: { id: string }) => {
      const group = store.groups.get(id);
      if (group === undefined)
        return { deletionDate: findRemovalDate(store, id, "group.removed") ?? NO_TIME };
      removeGroup(store, group);
      return { deletionDate: timestampFromMs(group.changedAt) };
    },
    getGroup: ({ id }: { id: string }) => {
      const group = store.groups.get(id);
      if (group === undefined) throw zitadelError(Code.NotFound, "QUERY-SG4WbR", "Errors.Group.NotFound");
      return { group: toGroupView(group) };
    },
    listGroups: (request: ListRequest<GroupFilter>, { caller }) => {
      const found = [...store.groups.values()].filter((group) =>
        request.filters.every(({ filter }) => matchesGroup(group, filter)),
      );
      const page = findPage(found, request, GROUP_KEYS);
      const visible = page.items.filter((group) => isGroupVisible(store, caller, "group.read", group));
      return { groups: visible.map(toGroupView), pagination: toPagination(page) };
    },
    addUsersToGroup: ({ id, userIds }: { id: string; userIds: string[] }) => {
      const group = requireGroup(store, id);
      addGroupUsers(store, group, userIds);
      return { changeDate: timestampFromMs(group.changedAt) };
    },
    removeUsersFromGroup: ({ id, userIds }: { id: string; userIds: string[] }) => {
      const group = requireGroup(store, id);
      removeGroupUsers(store, group, userIds);
      return { changeDate: timestampFromMs(group.changedAt) };
    },
    listGroupUsers: (request: ListRequest<GroupUserFilter>, { caller }) => {
      const all = [...store.groups.values()].flatMap((group) =>
        [...group.users].map(([userId, since]): GroupUser => ({ group, userId, since })),
      );
      const found = all.filter((one) => request.filters.every(({ filter }) => matchesGroupUser(one, filter)));
      const page = findPage(found, request, GROUP_USER_KEYS);
      const visible = page.items.filter(({ group }) =>
        isGroupVisible(store, caller, "group.user.read", group),
      );
      const groupUsers = visible.map(({ group, userId, since }) => ({
        groupId: group.id,
        organizationId: group.resourceOwner,
        user: toUserWithAvatar(store, userId),
        creationDate: timestampFromMs(since),
      }));
      return { groupUsers, pagination: toPagination(page) };
    },
  };
}

const byCreation = ({ createdAt }: Group): number => createdAt;

const GROUP_KEYS: SortKeys<Group> = [
  byCreation,
  ({ id }) => id,
  ({ name }) => name,
  byCreation,
  ({ changedAt }) => changedAt,
];

const GROUP_USER_KEYS: SortKeys<GroupUser> = [
  ({ since }) => since,
  ({ userId }) => userId,
  ({ group }) => group.id,
];

function matchesGroup(group: Group, filter: GroupFilter["filter"]): boolean {
  switch (filter.case) {
    case "groupIds":
      return filter.value.ids.includes(group.id);
    case "nameFilter":
      return textMatches(group.name, filter.value.name, filter.value.method);
    case "organizationId":
      return filter.value.id === group.resourceOwner;
    default:
      return true;
  }
}

function matchesGroupUser({ group, userId }: GroupUser, filter: GroupUserFilter["filter"]): boolean {
  if (filter.case === undefined) return true;
  return filter.value.ids.includes(filter.case === "userIds" ? userId : group.id);
}

function toGroupView({ id, name, description, resourceOwner, createdAt, changedAt }: Group): object {
  return {
    id,
    name,
    description,
    organizationId: resourceOwner,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
  };
}
