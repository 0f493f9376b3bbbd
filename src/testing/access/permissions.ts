import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { declaredPermission } from "../../permissions/declared-permission.ts";
import { isRole, permits, rolePermissions } from "../../permissions/roles.ts";
import { tokenInvalid, zitadelError } from "../errors.ts";
import type { Caller } from "../handlers.ts";
import type { Administrator } from "../state/model/administrator.ts";
import type { Store } from "../state/model/store.ts";
import { resourcePermission } from "./resource-permissions.ts";
import type { Scope } from "./scope.ts";

/** The caller, and the organization of the call. */
interface Call {
  readonly caller: Caller | undefined;
  readonly organizationId: string;
}

/**
 * Refuses a call for which the caller lacks the permission that the RPC declares, in the organization of the call: like
 * the server, before looking at the request or calling a target.
 */
export function requireDeclaredPermission(
  store: Store,
  method: DescMethod,
  message: Message,
  { caller, organizationId }: Call,
): void {
  const declared = declaredPermission(method);
  if (caller === undefined || declared === undefined || isSystemUser(store, caller)) return;
  if (isOfSystem(method, declared.permission)) throw tokenInvalid();
  if (isAskedForLater(method)) return;
  // Messages are records of their fields.
  const request = message as Message & Readonly<Record<string, unknown>>;
  const resourceId = declared.checkField === "" ? undefined : readField(request, declared.checkField);
  const scope = { organizationId: readOrganization(request) ?? organizationId, resourceId };
  check(store, caller, { permission: declared.permission, scope }, "AUTH-5mWD2");
}

/** Refuses a request without a declared permission in its organization. */
export function checkDeclaredPermission(
  store: Store,
  { caller, organizationId }: Call,
  permission: string,
): void {
  if (caller === undefined || isSystemUser(store, caller)) return;
  check(store, caller, { permission, scope: { organizationId } }, "AUTH-5mWD2");
}

/** Newer servers than the pin no longer declare it, and check it on the instance. */
function isAskedForLater({ parent, name }: DescMethod): boolean {
  return /^zitadel\.org\.v2(beta)?\./.test(parent.typeName) && /^(Add|Create)Organization$/.test(name);
}

/** Refuses a call for which the caller lacks the permission on its object. */
export function requirePermission(
  store: Store,
  method: DescMethod,
  message: Message,
  { caller }: Pick<Call, "caller">,
): void {
  if (caller === undefined || isSystemUser(store, caller)) return;
  // Messages are records of their fields.
  const request = message as Message & Readonly<Record<string, unknown>>;
  const needed = resourcePermission(store, method.parent, method.localName, request);
  if (needed !== undefined) check(store, caller, needed, "AUTH-AWfge");
}

/** For RPCs of this service, the server checks permissions of system users only. */
function isOfSystem({ parent }: DescMethod, permission = ""): boolean {
  return parent.typeName === "zitadel.instance.v2.InstanceService" && permission.startsWith("system.");
}

/** Whether somebody has a permission, as lists check for each item. */
export function isPermitted(
  store: Store,
  caller: Caller | undefined,
  permission: string,
  scope: Scope,
): boolean {
  if (caller === undefined || isSystemUser(store, caller) || scope.self === caller.userId) return true;
  return membershipsIn(store, caller, scope).some((one) => grants(one, permission, scope));
}

/** The permissions of somebody in an organization; in a single project only, for its administrators. */
export function permissionsIn(store: Store, caller: Caller, organizationId: string): string[] {
  const found = membershipsIn(store, caller, { organizationId }).flatMap(({ resource, roles }) => {
    const suffix = resource.type === "project" ? `:${resource.projectId}` : "";
    const all = roles.flatMap((role) => [...(isRole(role) ? (rolePermissions.get(role) ?? []) : [])]);
    return all.map((permission) => `${permission}${suffix}`);
  });
  return [...new Set(found)];
}

/** Refuses what a user may not do in a place, like the server's commands. */
export function checkPermission(store: Store, userId: string, permission: string, scope: Scope): void {
  const caller = { userId, organizationId: store.users.get(userId)?.resourceOwner ?? "" };
  if (!isSystemUser(store, caller)) check(store, caller, { permission, scope }, "AUTH-AWfge");
}

/** The id differs between the two places where the server checks. */
function check(
  store: Store,
  caller: Caller,
  { permission, scope }: { readonly permission: string; readonly scope: Scope },
  refusal: "AUTH-5mWD2" | "AUTH-AWfge",
): void {
  if (scope.self === caller.userId) return;
  const memberships = membershipsIn(store, caller, scope);
  if (memberships.length === 0) throw zitadelError(Code.NotFound, "AUTHZ-cdgFk", "membership not found");
  if (memberships.some((one) => grants(one, permission, scope))) return;
  // Having the permission only for another project has its own id.
  const elsewhere =
    refusal === "AUTH-5mWD2" &&
    memberships.some(({ roles }) => roles.some((role) => permits(role, permission)));
  throw zitadelError(
    Code.PermissionDenied,
    elsewhere ? "AUTH-3jknH" : refusal,
    "No matching permissions found",
  );
}

/**
 * The caller's administrator roles in an organization: on the instance, the organization itself, projects and grants.
 */
export function membershipsIn(
  store: Store,
  { userId }: Pick<Caller, "userId">,
  { organizationId }: Pick<Scope, "organizationId">,
): Administrator[] {
  return [...store.administrators.values()].filter((one) => {
    if (one.userId !== userId) return false;
    const { resource } = one;
    if (resource.type === "instance") return true;
    if (resource.type === "organization") return resource.organizationId === organizationId;
    const project = store.projects.get(resource.projectId);
    if (resource.type === "project") return project?.resourceOwner === organizationId;
    const grant = project?.grants.get(organizationId);
    return grant?.id === resource.projectGrantId;
  });
}

/** Administrators of a project have their permissions only in that project. */
function grants({ resource, roles }: Administrator, permission: string, { resourceId }: Scope): boolean {
  if (!roles.some((role) => permits(role, permission))) return false;
  if (resource.type === "project") return resourceId === undefined || resourceId === resource.projectId;
  if (resource.type === "projectGrant")
    return resourceId === undefined || resourceId === resource.projectGrantId;
  return true;
}

/** System users are not users of the instance, and may do everything. */
function isSystemUser(store: Store, { userId, organizationId }: Caller): boolean {
  return organizationId === "" && !store.users.has(userId);
}

/** `organization` in the request of v2's AddHumanUser names where its permission is needed. */
function readOrganization({ organization }: Readonly<Record<string, unknown>>): string | undefined {
  const { org } = (organization ?? {}) as { org?: { case?: string; value?: unknown } };
  return org?.case === "orgId" && typeof org.value === "string" ? org.value : undefined;
}

function readField(request: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = request[name.charAt(0).toLowerCase() + name.slice(1)] ?? request["id"];
  return typeof value === "string" ? value : undefined;
}
