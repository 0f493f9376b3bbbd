import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { MemberSchema, SearchQuery } from "../../../../gen/zitadel/member_pb.js";
import type { ListQuery } from "../../../../gen/zitadel/object_pb.js";
import type { CallContext, Handlers } from "../../handlers.ts";
import {
  addAdministrator,
  changeAdministrator,
  findAdministrator,
  findAggregate,
  removeAdministrator,
} from "../../state/administrators.ts";
import type { LoggedEvent } from "../../state/event-log.ts";
import { toLoginNames } from "../../state/login-names.ts";
import type { AdministratedResource, Administrator } from "../../state/model/administrator.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { getDisplayName } from "../../state/users.ts";
import { toAvatarUrl } from "../asset-urls.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { textMatches } from "../matching.ts";
import { toRemovalDetails } from "./history.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";
import { INSTANCE_ROLES, listOrganizationRoles, PROJECT_GRANT_ROLES, PROJECT_ROLES } from "./roles.ts";
import { toTypeNumber } from "./user-grants.ts";

/** The RPCs for members, which are the same on each level. */
export interface MembersV1 {
  list(
    request: {
      readonly query?: ListQuery | undefined;
      readonly queries: readonly SearchQuery[];
    },
    context: Pick<CallContext, "origin">,
  ): ReturnType<typeof toListResponse<Administrator, MessageInitShape<typeof MemberSchema>>>;
  add(member: NewMember): { details: ReturnType<typeof toAddDetailsV1> };
  update(member: NewMember): { details: ReturnType<typeof toChangeDetailsV1> };
  /** Removing an unknown member is not an error. */
  remove(
    member: Pick<NewMember, "userId">,
    context: Pick<CallContext, "organizationId">,
  ): { details: ReturnType<typeof toRemovalDetails> };
}

interface NewMember {
  readonly userId: string;
  readonly roles: readonly string[];
}

/** Creates the RPCs for members of a resource. */
export function createMemberRpcs(store: Store, resource: AdministratedResource): MembersV1 {
  const owned = (one: Administrator) => ({
    ...one,
    resourceOwner: findAggregate(store, resource)?.resourceOwner ?? "",
  });
  const key = JSON.stringify(resource);
  return {
    list: (request, { origin }) => {
      const found = [...store.administrators.values()].filter(
        (one) =>
          JSON.stringify(one.resource) === key &&
          matchesQueries(store.users.get(one.userId), request.queries, MATCHERS),
      );
      const view = (one: Administrator) =>
        toMemberView(store, store.users.get(one.userId), owned(one), origin);
      return toListResponse(store, request, found, { view });
    },
    add: ({ userId, roles }) => ({
      details: toAddDetailsV1(owned(addAdministrator(store, userId, resource, roles))),
    }),
    update: ({ userId, roles }) => ({
      details: toChangeDetailsV1(owned(changeAdministrator(store, userId, resource, roles))),
    }),
    remove: ({ userId }, { organizationId }) => {
      const administrator = findAdministrator(store, userId, resource);
      if (administrator !== undefined) removeAdministrator(store, administrator, "call");
      const {
        aggregateType,
        id,
        resourceOwner = organizationId,
      } = {
        ...NO_AGGREGATE,
        ...findAggregate(store, resource),
      };
      const isAbout = ({ type, payload }: LoggedEvent): boolean =>
        type.includes("member.") && payload?.["userId"] === userId;
      return { details: toRemovalDetails(store, { aggregateType, id }, resourceOwner, isAbout) };
    },
  };
}

const NO_AGGREGATE = { aggregateType: "", id: "" };

const MATCHERS: Matchers<User | undefined, SearchQuery> = {
  userIdQuery: (user, { userId }) => user?.id === userId,
  emailQuery: (user, { email, method }) => textMatches(user?.human?.email.address ?? "", email, method),
  firstNameQuery: (user, { firstName, method }) =>
    textMatches(user?.human?.givenName ?? "", firstName, method),
  lastNameQuery: (user, { lastName, method }) => textMatches(user?.human?.familyName ?? "", lastName, method),
};

function toMemberView(
  store: Store,
  user: User | undefined,
  member: Administrator & { readonly resourceOwner: string },
  origin: string,
): MessageInitShape<typeof MemberSchema> {
  const { userId, roles } = member;
  const common = { userId, details: toObjectDetailsV1(member), roles: [...roles] };
  if (user === undefined) return common;
  const { human } = user;
  return {
    ...common,
    preferredLoginName: toLoginNames(store, user).preferred,
    displayName: getDisplayName(user),
    userType: toTypeNumber(user),
    userResourceOwner: user.resourceOwner,
    ...(human && {
      email: human.email.address,
      firstName: human.givenName,
      lastName: human.familyName,
      avatarUrl: toAvatarUrl(origin, user),
    }),
  };
}

/** Members of the call's organization, of its projects and of their grants. */
export function createMembersV1(store: Store): Handlers<typeof ManagementService> {
  const ofOrganization = ({ organizationId }: CallContext) =>
    createMemberRpcs(store, { type: "organization", organizationId });
  const ofProject = ({ projectId }: { projectId: string }) =>
    createMemberRpcs(store, { type: "project", projectId });
  const ofGrant = ({ projectId, grantId: projectGrantId }: { projectId: string; grantId: string }) =>
    createMemberRpcs(store, { type: "projectGrant", projectId, projectGrantId });
  return {
    listOrgMemberRoles: (_, { organizationId }) => ({
      result: listOrganizationRoles(organizationId === store.defaultOrganizationId),
    }),
    listOrgMembers: (request, context) => ofOrganization(context).list(request, context),
    addOrgMember: (request, context) => ofOrganization(context).add(request),
    updateOrgMember: (request, context) => ofOrganization(context).update(request),
    removeOrgMember: (request, context) => ofOrganization(context).remove(request, context),
    listProjectMemberRoles: () => ({ result: PROJECT_ROLES }),
    listProjectMembers: (request, context) => ofProject(request).list(request, context),
    addProjectMember: (request) => ofProject(request).add(request),
    updateProjectMember: (request) => ofProject(request).update(request),
    removeProjectMember: (request, context) => ofProject(request).remove(request, context),
    listProjectGrantMemberRoles: () => ({
      details: {
        totalResult: BigInt(PROJECT_GRANT_ROLES.length),
        viewTimestamp: timestampFromMs(store.now()),
      },
      result: PROJECT_GRANT_ROLES,
    }),
    listProjectGrantMembers: (request, context) => ofGrant(request).list(request, context),
    addProjectGrantMember: (request) => ofGrant(request).add(request),
    updateProjectGrantMember: (request) => ofGrant(request).update(request),
    removeProjectGrantMember: (request, context) => ofGrant(request).remove(request, context),
  };
}

/** The administrators of the instance. */
export function createInstanceMembersV1(store: Store): Handlers<typeof AdminService> {
  const members = createMemberRpcs(store, { type: "instance" });
  const context = { organizationId: store.instanceId };
  return {
    listIAMMemberRoles: () => ({
      details: { totalResult: BigInt(INSTANCE_ROLES.length), viewTimestamp: timestampFromMs(store.now()) },
      roles: INSTANCE_ROLES,
    }),
    listIAMMembers: (request, context) => members.list(request, context),
    addIAMMember: (request) => members.add(request),
    updateIAMMember: (request) => members.update(request),
    removeIAMMember: (request) => members.remove(request, context),
  };
}
