import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AdminService } from "../../../gen/zitadel/admin_pb.js";
import type { AuthService } from "../../../gen/zitadel/auth_pb.js";
import type { ManagementService } from "../../../gen/zitadel/management_pb.js";
import type { MembershipSchema } from "../../../gen/zitadel/user_pb.js";
import { permissionsIn } from "../access/permissions.ts";
import type { Handlers } from "../handlers.ts";
import { addAdministrator, findAdministrator, removeAdministrator } from "../state/administrators.ts";
import type { AdministratedResource, Administrator } from "../state/model/administrator.ts";
import type { Store } from "../state/model/store.ts";
import { pageOf } from "./lists.ts";
import { listDetailsV1 } from "./views-v1.ts";

/** Members of an organization and of its projects, in v1. */
export function memberHandlersV1(store: Store): Handlers<typeof ManagementService> {
  return {
    addOrgMember: ({ userId, roles }, { organizationId }) =>
      add(store, userId, { type: "organization", organizationId }, roles),
    removeOrgMember: ({ userId }, { organizationId }) =>
      remove(store, userId, { type: "organization", organizationId }),
    addProjectMember: ({ projectId, userId, roles }) =>
      add(store, userId, { type: "project", projectId }, roles),
    removeProjectMember: ({ projectId, userId }) => remove(store, userId, { type: "project", projectId }),
    listUserMemberships: ({ userId, query }) => membershipsOf(store, userId, query),
  };
}

/** Members of the instance, in v1. */
export function iamMemberHandlersV1(store: Store): Handlers<typeof AdminService> {
  return {
    addIAMMember: ({ userId, roles }) => add(store, userId, { type: "instance" }, roles),
    removeIAMMember: ({ userId }) => remove(store, userId, { type: "instance" }),
  };
}

/** What callers may do. */
export function ownMemberHandlersV1(store: Store): Handlers<typeof AuthService> {
  return {
    listMyMemberships: ({ query }, { caller }) => membershipsOf(store, caller?.userId ?? "", query),
    listMyZitadelPermissions: (_, { caller, organizationId }) => ({
      result: caller === undefined ? [] : permissionsIn(store, caller, organizationId),
    }),
  };
}

function add(store: Store, userId: string, resource: AdministratedResource, roles: readonly string[]) {
  const { changedAt, sequence } = addAdministrator(store, userId, resource, roles);
  return { details: { changeDate: timestampFromMs(changedAt), sequence: BigInt(sequence) } };
}

function remove(store: Store, userId: string, resource: AdministratedResource) {
  const administrator = findAdministrator(store, userId, resource);
  if (administrator !== undefined) removeAdministrator(store, administrator, "call");
  return { details: { changeDate: timestampFromMs(store.now()) } };
}

function membershipsOf(store: Store, userId: string, query: Parameters<typeof pageOf>[1]) {
  const found = [...store.administrators.values()].filter((one) => one.userId === userId);
  const page = pageOf(found, query, ({ resource }) => resource.type);
  return { details: listDetailsV1(store, page), result: page.items.map((one) => view(store, one)) };
}

type View = MessageInitShape<typeof MembershipSchema>;

function view(store: Store, { userId, resource, roles, createdAt, changedAt }: Administrator): View {
  const details = { creationDate: timestampFromMs(createdAt), changeDate: timestampFromMs(changedAt) };
  return { userId, details, roles: [...roles], ...placeOf(store, resource) };
}

function placeOf(store: Store, resource: AdministratedResource): Pick<View, "type" | "displayName"> {
  switch (resource.type) {
    case "instance":
      return { type: { case: "iam", value: true }, displayName: "ZITADEL" };
    case "organization": {
      const { organizationId: value } = resource;
      return { type: { case: "orgId", value }, displayName: store.organizations.get(value)?.name ?? "" };
    }
    case "project": {
      const { projectId: value } = resource;
      return { type: { case: "projectId", value }, displayName: store.projects.get(value)?.name ?? "" };
    }
    case "projectGrant":
      return { type: { case: "projectGrantId", value: resource.projectGrantId }, displayName: "" };
  }
}
