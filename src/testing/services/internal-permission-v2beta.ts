import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { InternalPermissionService } from "../../../gen/zitadel/internal_permission/v2beta/internal_permission_service_pb.js";
import type {
  AdministratorSchema,
  AdministratorSearchFilter,
  ResourceFilter,
} from "../../../gen/zitadel/internal_permission/v2beta/query_pb.js";
import { toResource } from "../access/administered.ts";
import { isAdministratorVisible } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import {
  addAdministrator,
  changeAdministrator,
  findAdministrator,
  findRemovalTime,
  removeAdministrator,
} from "../state/administrators.ts";
import type { AdministratedResource, Administrator } from "../state/model/administrator.ts";
import type { Store } from "../state/model/store.ts";
import { findPage, type SortKeys, toPagination } from "./lists.ts";
import { timeMatches } from "./matching.ts";
import { matchesDisplayName, matchesLoginName, toUserReference } from "./user-references.ts";

/** zitadel.internal_permission.v2beta.InternalPermissionService */
export function createInternalPermissionV2beta(store: Store): Handlers<typeof InternalPermissionService> {
  return {
    createAdministrator: ({ userId, resource, roles }) => {
      const wanted = requireDefined(toResource(store, resource), "ADMIN-IbPp47HDP5");
      return { creationDate: timestampFromMs(addAdministrator(store, userId, wanted, roles).createdAt) };
    },
    updateAdministrator: ({ userId, resource, roles }) => {
      const wanted = requireDefined(toResource(store, resource), "ADMIN-i0V2IbdloZ");
      return { changeDate: timestampFromMs(changeAdministrator(store, userId, wanted, roles).changedAt) };
    },
    // Removing an unknown administrator is not an error.
    deleteAdministrator: ({ userId, resource }) => {
      const wanted = requireDefined(toResource(store, resource), "ADMIN-3UOjLtuohh");
      const administrator = findAdministrator(store, userId, wanted);
      if (administrator !== undefined) removeAdministrator(store, administrator, "call");
      const time = findRemovalTime(store, userId, wanted);
      return time === undefined ? {} : { deletionDate: timestampFromMs(time) };
    },
    listAdministrators: (request, { caller }) => {
      const found = [...store.administrators.values()].filter((one) =>
        request.filters.every((filter) => passes(store, one, filter)),
      );
      const page = findPage(found, request, SORT_KEYS);
      const visible = page.items.filter((one) => isAdministratorVisible(store, caller, one));
      return { pagination: toPagination(page), administrators: visible.map((one) => toView(store, one)) };
    },
  };
}

function requireDefined<T>(resource: T | undefined, id: string): T {
  if (resource === undefined) throw zitadelError(Code.InvalidArgument, id, "Errors.Invalid.Argument");
  return resource;
}

const SORT_KEYS: SortKeys<Administrator> = [
  ({ createdAt }) => createdAt,
  ({ userId }) => userId,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
];

/** A filter of v2beta or v2. */
type Filter = AdministratorSearchFilter | NewerFilter;

interface NewerFilter {
  readonly filter:
    | Exclude<AdministratorSearchFilter["filter"], { case: "resource" | "and" | "or" | "not" }>
    | { case: "resource"; value: { resource: WantedResource } }
    | { case: "and" | "or"; value: { queries: Filter[] } }
    | { case: "not"; value: { query?: Filter | undefined } };
}

type WantedResource =
  | ResourceFilter["resource"]
  | { case: "projectGrant"; value: { projectId: string; organizationId: string } };

function passes(store: Store, one: Administrator, { filter }: Filter): boolean {
  const user = store.users.get(one.userId);
  switch (filter.case) {
    case "creationDate":
      return timeMatches(one.createdAt, filter.value.timestamp, filter.value.method);
    case "changeDate":
      return timeMatches(one.changedAt, filter.value.timestamp, filter.value.method);
    case "inUserIdsFilter":
      return filter.value.ids.includes(one.userId);
    case "userOrganizationId":
      return user?.resourceOwner === filter.value.id;
    case "userPreferredLoginName":
      return matchesLoginName(store, one.userId, filter.value.preferredLoginName, filter.value.method);
    case "userDisplayName":
      return matchesDisplayName(store, one.userId, filter.value.displayName, filter.value.method);
    case "resource":
      return isResource(store, one.resource, filter.value.resource);
    case "role":
      return one.roles.includes(filter.value.roleKey);
    case "and":
      return filter.value.queries.every((query) => passes(store, one, query));
    case "or":
      return filter.value.queries.some((query) => passes(store, one, query));
    case "not":
      return filter.value.query === undefined || !passes(store, one, filter.value.query);
    default:
      return true;
  }
}

function isResource(store: Store, resource: AdministratedResource, wanted: WantedResource): boolean {
  switch (wanted.case) {
    case "instance":
      return (resource.type === "instance") === wanted.value;
    case "organizationId":
      return resource.type === "organization" && resource.organizationId === wanted.value;
    case "projectId":
      return resource.type === "project" && resource.projectId === wanted.value;
    case "projectGrantId":
      return resource.type === "projectGrant" && resource.projectGrantId === wanted.value;
    case "projectGrant": {
      const { projectId, organizationId } = wanted.value;
      const id = store.projects.get(projectId)?.grants.get(organizationId)?.id;
      return resource.type === "projectGrant" && resource.projectGrantId === id;
    }
    default:
      return true;
  }
}

type View = MessageInitShape<typeof AdministratorSchema>;

function toView(store: Store, { userId, resource, roles, createdAt, changedAt }: Administrator): View {
  return {
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    user: toUserReference(store, userId),
    resource: toResourceView(store, resource),
    roles: [...roles],
  };
}

function toResourceView(store: Store, resource: AdministratedResource): NonNullable<View["resource"]> {
  if (resource.type === "instance") return { case: "instance", value: true };
  if (resource.type === "organization") {
    const { organizationId: id } = resource;
    return { case: "organization", value: { id, name: store.organizations.get(id)?.name ?? "" } };
  }
  const { projectId } = resource;
  const project = store.projects.get(projectId);
  const organizationId = project?.resourceOwner ?? "";
  if (resource.type === "project") {
    return { case: "project", value: { id: projectId, name: project?.name ?? "", organizationId } };
  }
  const { projectGrantId: id } = resource;
  const grants = [...(project?.grants.values() ?? [])];
  const grantedOrganizationId = grants.find((grant) => grant.id === id)?.grantedOrganizationId ?? "";
  const projectName = project?.name ?? "";
  return {
    case: "projectGrant",
    value: { id, projectId, projectName, organizationId, grantedOrganizationId },
  };
}
