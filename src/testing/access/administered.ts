import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { findAdministrator, requireAdministrator, requireNewAdministrator } from "../state/administrators.ts";
import type { AdministratedResource } from "../state/model/administrator.ts";
import type { ProjectGrant } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import type { Scope } from "./scope.ts";

/** The resource of a request. v2beta names a project grant by its id, v2 by the granted organization. */
export interface ResourceRequest {
  readonly resource:
    | { case: "instance"; value: boolean }
    | { case: "organizationId" | "projectId"; value: string }
    | { case: "projectGrant"; value: GrantRequest }
    | { case: undefined; value?: undefined };
}

interface GrantRequest {
  readonly projectId: string;
  readonly projectGrantId?: string;
  readonly organizationId?: string;
}

/** A request to create, change or delete an administrator. */
export interface AdministratorRequest {
  readonly userId: string;
  readonly resource?: ResourceRequest | undefined;
  readonly roles?: readonly string[];
}

/** Finds the resource that a request names. Undefined if it does not name one. */
export function toResource(
  store: Store,
  request: ResourceRequest | undefined,
): AdministratedResource | undefined {
  const resource = request?.resource;
  switch (resource?.case) {
    case "instance":
      return { type: "instance" };
    case "organizationId":
      return { type: "organization", organizationId: resource.value };
    case "projectId":
      return { type: "project", projectId: resource.value };
    case "projectGrant": {
      const { projectId, projectGrantId = "" } = resource.value;
      const id = findGrant(store, resource.value)?.id ?? projectGrantId;
      return { type: "projectGrant", projectId, projectGrantId: id };
    }
    default:
      return undefined;
  }
}

function findGrant(store: Store, request: GrantRequest): ProjectGrant | undefined {
  const grants = [...(store.projects.get(request.projectId)?.grants.values() ?? [])];
  return grants.find(
    ({ id, grantedOrganizationId }) =>
      id === request.projectGrantId || grantedOrganizationId === request.organizationId,
  );
}

const MEMBERS: Readonly<Record<AdministratedResource["type"], string>> = {
  instance: "iam.member",
  organization: "org.member",
  project: "project.member",
  projectGrant: "project.grant.member",
};

/**
 * Finds the permission that a call of an InternalPermissionService requires, and its scope. Undefined if the call has
 * no effect. Throws the errors that the server finds before it checks the permission.
 */
export function findAdministratorPermission(
  store: Store,
  rpc: string,
  { userId, resource: asked, roles = [] }: AdministratorRequest,
): { readonly permission: string; readonly scope: Scope } | undefined {
  const resource = toResource(store, asked);
  if (resource === undefined || rpc === "listAdministrators") return undefined;
  const isDelete = rpc === "deleteAdministrator";
  if (rpc === "createAdministrator") {
    const { type } = resource;
    if (type === "organization") requireOrganization(store, resource.organizationId);
    if (type === "project" || type === "projectGrant")
      requireNewAdministrator(store, userId, resource, roles);
  } else if (rpc === "updateAdministrator") requireAdministrator(store, userId, resource, roles);
  else if (resource.type !== "instance" && findAdministrator(store, userId, resource) === undefined) {
    return undefined;
  }
  const permission = `${MEMBERS[resource.type]}.${isDelete ? "delete" : "write"}`;
  return { permission, scope: toScope(store, resource) };
}

function toScope(store: Store, resource: AdministratedResource): Scope {
  if (resource.type === "instance") return { organizationId: store.instanceId };
  if (resource.type === "organization") return { organizationId: resource.organizationId };
  const project = store.projects.get(resource.projectId);
  if (resource.type === "project") {
    return { organizationId: project?.resourceOwner ?? "", resourceId: resource.projectId };
  }
  const grant = [...(project?.grants.values() ?? [])].find(({ id }) => id === resource.projectGrantId);
  return { organizationId: grant?.grantedOrganizationId ?? "", resourceId: resource.projectGrantId };
}

function requireOrganization(store: Store, id: string): void {
  if (store.organizations.has(id)) return;
  throw zitadelError(Code.FailedPrecondition, "COMMAND-QXPGs", "Organisation not found");
}
