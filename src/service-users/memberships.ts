import { AdminService } from "../../gen/zitadel/admin_pb.js";
import { AuthService } from "../../gen/zitadel/auth_pb.js";
import { InternalPermissionService } from "../../gen/zitadel/internal_permission/v2beta/internal_permission_service_pb.js";
import type { Administrator } from "../../gen/zitadel/internal_permission/v2beta/query_pb.js";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import type { Membership as MembershipV1 } from "../../gen/zitadel/user_pb.js";
import { isUnimplemented } from "../errors/guards.ts";
import type { Owner } from "./credentials.ts";
import type { ServiceUserManager } from "./manager.ts";
import { ignoreGone, withOrganization } from "./users.ts";
import { withFallback } from "./with-fallback.ts";

/** Where roles apply. */
export type Place =
  | { readonly level: "instance" }
  | { readonly level: "organization"; readonly organizationId: string }
  | { readonly level: "project"; readonly projectId: string }
  | { readonly level: "project grant"; readonly projectId?: string; readonly grantId: string };

/** The roles of a user in one place. */
export interface Membership {
  readonly place: Place;
  readonly roles: readonly string[];
}

/** Grants roles to a user that has none in that place. */
export async function addRoles(
  zitadel: ServiceUserManager,
  { userId, organizationId: home }: Owner,
  { place, roles }: Membership,
): Promise<void> {
  const request = { userId, roles: [...roles] };
  await withFallback<unknown>(
    () =>
      zitadel
        .client(InternalPermissionService)
        .createAdministrator({ ...request, ...toAdministratorResource(place) }),
    () => {
      if (place.level === "instance") return zitadel.client(AdminService).addIAMMember(request);
      if (place.level === "project") {
        const management = withOrganization(zitadel, home).client(ManagementService);
        return management.addProjectMember({ ...request, projectId: place.projectId });
      }
      return withOrganization(zitadel, findOrganization(place, home))
        .client(ManagementService)
        .addOrgMember(request);
    },
  );
}

/** Removes all roles of a user in a place, if it has any. */
export async function removeRoles(
  zitadel: ServiceUserManager,
  { userId, organizationId: home }: Owner,
  place: Place,
): Promise<void> {
  await ignoreGone(() =>
    withFallback<unknown>(
      () =>
        zitadel
          .client(InternalPermissionService)
          .deleteAdministrator({ userId, ...toAdministratorResource(place) }),
      () => {
        if (place.level === "instance") return zitadel.client(AdminService).removeIAMMember({ userId });
        const management = withOrganization(zitadel, findOrganization(place, home)).client(ManagementService);
        return place.level === "project"
          ? management.removeProjectMember({ userId, projectId: place.projectId })
          : management.removeOrgMember({ userId });
      },
    ),
  );
}

/** The roles of some users, as far as the caller may see them, by user id. */
export async function listMemberships(
  zitadel: ServiceUserManager,
  owners: readonly Owner[],
): Promise<Map<string, Membership[]>> {
  const found = new Map<string, Membership[]>(owners.map(({ userId }) => [userId, []]));
  try {
    const ids = owners.length === 1 ? owners.map(({ userId }) => userId) : [];
    const filters =
      ids.length === 0 ? [] : [{ filter: { case: "inUserIdsFilter" as const, value: { ids } } }];
    for await (const one of zitadel.client(InternalPermissionService).listAdministrators({ filters })) {
      const place = toPlace(one);
      if (place !== undefined) found.get(one.user?.id ?? "")?.push({ place, roles: one.roles });
    }
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
    await Promise.all(owners.map(async (owner) => found.set(owner.userId, await listV1(zitadel, owner))));
  }
  return found;
}

/** The caller's own roles. Every user may request them. */
export async function listMyMemberships(zitadel: ServiceUserManager): Promise<Membership[]> {
  const found: Membership[] = [];
  for await (const one of zitadel.client(AuthService).listMyMemberships({})) found.push(...parseV1(one));
  return found;
}

/** The caller's permissions in an organization, according to the server. Every user may request them. */
export async function listMyPermissions(
  zitadel: ServiceUserManager,
  organizationId: string,
): Promise<ReadonlySet<string>> {
  const auth = zitadel.withOrganization(organizationId).client(AuthService);
  return new Set((await auth.listMyZitadelPermissions({})).result);
}

async function listV1(zitadel: ServiceUserManager, { userId, organizationId }: Owner): Promise<Membership[]> {
  const found: Membership[] = [];
  const management = withOrganization(zitadel, organizationId).client(ManagementService);
  for await (const one of management.listUserMemberships({ userId })) found.push(...parseV1(one));
  return found;
}

function parseV1({ type, roles }: MembershipV1): Membership[] {
  switch (type.case) {
    case "iam":
      return [{ place: { level: "instance" }, roles }];
    case "orgId":
      return [{ place: { level: "organization", organizationId: type.value }, roles }];
    case "projectId":
      return [{ place: { level: "project", projectId: type.value }, roles }];
    case "projectGrantId":
      return [{ place: { level: "project grant", grantId: type.value }, roles }];
    default:
      return [];
  }
}

function toPlace({ resource: { case: kind, value } }: Administrator): Place | undefined {
  switch (kind) {
    case "instance":
      return { level: "instance" };
    case "organization":
      return { level: "organization", organizationId: value.id };
    case "project":
      return { level: "project", projectId: value.id };
    case "projectGrant":
      return { level: "project grant", projectId: value.projectId, grantId: value.id };
    default:
      return undefined;
  }
}

function toAdministratorResource(place: Place) {
  return { resource: { resource: toResource(place) } };
}

function toResource(place: Place) {
  switch (place.level) {
    case "instance":
      return { case: "instance" as const, value: true };
    case "organization":
      return { case: "organizationId" as const, value: place.organizationId };
    case "project":
      return { case: "projectId" as const, value: place.projectId };
    case "project grant":
      return {
        case: "projectGrant" as const,
        value: { projectId: place.projectId ?? "", projectGrantId: place.grantId },
      };
  }
}

function findOrganization(place: Place, home: string | undefined): string | undefined {
  return place.level === "organization" ? place.organizationId : home;
}
