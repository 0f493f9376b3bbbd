import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type {
  InternalPermissionService,
  ResourceType,
} from "../../../gen/zitadel/internal_permission/v2beta/internal_permission_service_pb.js";
import type {
  AdministratorSchema,
  AdministratorSearchFilter,
  ResourceFilter,
} from "../../../gen/zitadel/internal_permission/v2beta/query_pb.js";
import { isAdministratorVisible } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import {
  addAdministrator,
  aggregateFor,
  changeAdministrator,
  findAdministrator,
  removeAdministrator,
} from "../state/administrators.ts";
import type { AdministratedResource, Administrator } from "../state/model/administrator.ts";
import type { Store } from "../state/model/store.ts";
import { displayName } from "../state/users.ts";
import { limitedPageOf, pagination } from "./lists.ts";
import { textMatches, timeMatches } from "./matching.ts";
import { userReference } from "./user-references.ts";

/** zitadel.internal_permission.v2beta.InternalPermissionService */
export function internalPermissionV2beta(store: Store): Handlers<typeof InternalPermissionService> {
  return {
    createAdministrator: ({ userId, resource, roles }) => {
      const { createdAt } = addAdministrator(store, userId, toResource(store, resource), roles);
      return { creationDate: timestampFromMs(createdAt) };
    },
    updateAdministrator: ({ userId, resource, roles }) => {
      const { changedAt } = changeAdministrator(store, userId, toResource(store, resource), roles);
      return { changeDate: timestampFromMs(changedAt) };
    },
    // Removing what is gone is no error.
    deleteAdministrator: ({ userId, resource }) => {
      const wanted = toResource(store, resource);
      const administrator = findAdministrator(store, userId, wanted);
      if (administrator !== undefined) removeAdministrator(store, administrator, "call");
      const changedAt = aggregateFor(store, wanted)?.changedAt ?? store.now();
      return { deletionDate: timestampFromMs(changedAt) };
    },
    listAdministrators: ({ pagination: request, filters }, { caller }) => {
      const found = [...store.administrators.values()].filter((one) =>
        filters.every((filter) => passes(store, one, filter)),
      );
      const page = limitedPageOf(found, request, sortKey);
      const visible = page.items.filter((one) => isAdministratorVisible(store, caller, one));
      return { pagination: pagination(page), administrators: visible.map((one) => view(store, one)) };
    },
  };
}

const NO_RESOURCE = { type: "instance" } as const;

/** What a request is about. The server has validated that it says so. */
function toResource(store: Store, type: ResourceType | undefined): AdministratedResource {
  const { case: kind, value } = type?.resource ?? { case: undefined };
  switch (kind) {
    case "organizationId":
      if (!store.organizations.has(value)) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-QXPGs", "Organisation not found");
      }
      return { type: "organization", organizationId: value };
    case "projectId":
      if (!store.projects.has(value)) throw zitadelError(Code.NotFound, "COMMAND-3M9sd", "Project not found");
      return { type: "project", projectId: value };
    case "projectGrant":
      return { type: "projectGrant", projectId: value.projectId, projectGrantId: value.projectGrantId };
    default:
      return NO_RESOURCE;
  }
}

/** The latest first, by default: of a user first the projects, then the organizations, then the instance. */
function sortKey({ createdAt, sequence, resource }: Administrator): string {
  return `${String(createdAt).padStart(16, "0")} ${String(sequence).padStart(8, "0")} ${resource.type}`;
}

function passes(store: Store, one: Administrator, { filter }: AdministratorSearchFilter): boolean {
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
      return textMatches(user?.username ?? "", filter.value.preferredLoginName, filter.value.method);
    case "userDisplayName":
      return (
        user !== undefined && textMatches(displayName(user), filter.value.displayName, filter.value.method)
      );
    case "resource":
      return isResource(one.resource, filter.value.resource);
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

function isResource(resource: AdministratedResource, wanted: ResourceFilter["resource"]): boolean {
  switch (wanted.case) {
    case "instance":
      return (resource.type === "instance") === wanted.value;
    case "organizationId":
      return resource.type === "organization" && resource.organizationId === wanted.value;
    case "projectId":
      return resource.type === "project" && resource.projectId === wanted.value;
    case "projectGrantId":
      return resource.type === "projectGrant" && resource.projectGrantId === wanted.value;
    default:
      return true;
  }
}

type View = MessageInitShape<typeof AdministratorSchema>;

function view(store: Store, { userId, resource, roles, createdAt, changedAt }: Administrator): View {
  return {
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    user: userReference(store, userId),
    resource: resourceView(store, resource),
    roles: [...roles],
  };
}

function resourceView(store: Store, resource: AdministratedResource): NonNullable<View["resource"]> {
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
