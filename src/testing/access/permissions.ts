import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { declaredPermission } from "../../permissions/declared-permission.ts";
import { isRole, permits, rolePermissions } from "../../permissions/roles.ts";
import { tokenInvalid, zitadelError } from "../errors.ts";
import type { Caller } from "../handlers.ts";
import type { Administrator } from "../state/model/administrator.ts";
import type { Store } from "../state/model/store.ts";
import { findResourcePermission } from "./resource-permissions.ts";
import type { Scope } from "./scope.ts";

/** The caller, and the organization of the call. */
interface Call {
  readonly caller: Caller | undefined;
  readonly organizationId: string;
}

/**
 * Throws if the caller lacks the permission that the RPC declares, in the organization of the call. Like the server, it
 * does so before it looks at the request, or calls a target.
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
  if (isCheckedOnInstance(method)) return;
  // Messages of protobuf-es are objects of their fields.
  const request = message as Message & Readonly<Record<string, unknown>>;
  const resourceId = declared.checkField === "" ? undefined : readField(request, declared.checkField);
  const scope = { organizationId: readOrganization(request) ?? organizationId, resourceId };
  check(store, caller, { permission: declared.permission, scope }, "AUTH-5mWD2");
}

/** Throws if the caller lacks a permission in the organization of the call. */
export function checkDeclaredPermission(
  store: Store,
  { caller, organizationId }: Call,
  permission: string,
): void {
  if (caller === undefined || isSystemUser(store, caller)) return;
  check(store, caller, { permission, scope: { organizationId } }, "AUTH-5mWD2");
}

/** Whether newer servers than the pinned API no longer declare the permission, and check it on the instance instead. */
function isCheckedOnInstance({ parent, name }: DescMethod): boolean {
  return /^zitadel\.org\.v2(beta)?\./.test(parent.typeName) && /^(Add|Create)Organization$/.test(name);
}

/** Throws if the caller lacks the permission on the object of the call. */
export function requirePermission(
  store: Store,
  method: DescMethod,
  message: Message,
  { caller }: Pick<Call, "caller">,
): void {
  if (caller === undefined || isSystemUser(store, caller)) return;
  // Messages of protobuf-es are objects of their fields.
  const request = message as Message & Readonly<Record<string, unknown>>;
  const needed = findResourcePermission(store, method.parent, method.localName, request);
  if (needed !== undefined) check(store, caller, needed, "AUTH-AWfge");
}

/** Whether only system users can have the permission. */
function isOfSystem({ parent }: DescMethod, permission = ""): boolean {
  return parent.typeName === "zitadel.instance.v2.InstanceService" && permission.startsWith("system.");
}

/** Whether the caller has a permission. Lists check it for each item. */
export function isPermitted(
  store: Store,
  caller: Caller | undefined,
  permission: string,
  scope: Scope,
): boolean {
  if (caller === undefined || isSystemUser(store, caller) || scope.self === caller.userId) return true;
  return findMemberships(store, caller, scope).some((one) => grants(one, permission, scope));
}

/** Lists the caller's permissions in an organization. Those for a single project end with its id. */
export function listPermissions(store: Store, caller: Caller, organizationId: string): string[] {
  const found = findMemberships(store, caller, { organizationId }).flatMap(({ resource, roles }) => {
    const suffix = resource.type === "project" ? `:${resource.projectId}` : "";
    const all = roles.flatMap((role) => [...(isRole(role) ? (rolePermissions.get(role) ?? []) : [])]);
    return all.map((permission) => `${permission}${suffix}`);
  });
  return [...new Set(found)];
}

/** Throws if a user lacks a permission in a scope, like the server's commands. */
export function checkPermission(store: Store, userId: string, permission: string, scope: Scope): void {
  const caller = { userId, organizationId: store.users.get(userId)?.resourceOwner ?? "" };
  if (!isSystemUser(store, caller)) check(store, caller, { permission, scope }, "AUTH-AWfge");
}

/** Throws if the caller lacks a permission. `refusal`: the error id, which depends on where the server checks. */
function check(
  store: Store,
  caller: Caller,
  { permission, scope }: { readonly permission: string; readonly scope: Scope },
  refusal: "AUTH-5mWD2" | "AUTH-AWfge",
): void {
  if (scope.self === caller.userId) return;
  const memberships = findMemberships(store, caller, scope);
  if (memberships.length === 0) throw zitadelError(Code.NotFound, "AUTHZ-cdgFk", "membership not found");
  if (memberships.some((one) => grants(one, permission, scope))) return;
  // The error has a different id if the caller has the permission for another project.
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
 * Finds the caller's administrator roles in an organization: for the instance, the organization, its projects and
 * grants.
 */
export function findMemberships(
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

/** Whether an administrator's roles include a permission. Those for a project only apply to that project. */
function grants({ resource, roles }: Administrator, permission: string, { resourceId }: Scope): boolean {
  if (!roles.some((role) => permits(role, permission))) return false;
  if (resource.type === "project") return resourceId === undefined || resourceId === resource.projectId;
  if (resource.type === "projectGrant")
    return resourceId === undefined || resourceId === resource.projectGrantId;
  return true;
}

/** Whether the caller is a system user, who is not a user of the instance and has all permissions. */
function isSystemUser(store: Store, { userId, organizationId }: Caller): boolean {
  return organizationId === "" && !store.users.has(userId);
}

/** The organization in a request of v2's AddHumanUser, which is where the permission is required. */
function readOrganization({ organization }: Readonly<Record<string, unknown>>): string | undefined {
  const { org } = (organization ?? {}) as { org?: { case?: string; value?: unknown } };
  return org?.case === "orgId" && typeof org.value === "string" ? org.value : undefined;
}

function readField(request: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = request[name.charAt(0).toLowerCase() + name.slice(1)] ?? request["id"];
  return typeof value === "string" ? value : undefined;
}
