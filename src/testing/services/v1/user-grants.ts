import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { UserGrantQuery, UserGrantSchema } from "../../../../gen/zitadel/user_pb.js";
import { isInProject } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  addAuthorization,
  changeAuthorization,
  removeAuthorization,
  setAuthorizationState,
} from "../../state/authorizations.ts";
import { toLoginNames } from "../../state/login-names.ts";
import type { Authorization } from "../../state/model/authorization.ts";
import type { Organization } from "../../state/model/organization.ts";
import type { StoredProject } from "../../state/model/project.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { getDisplayName } from "../../state/users.ts";
import { toAvatarUrl } from "../asset-urls.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { textMatches } from "../matching.ts";
import { STATE_NUMBER } from "../project-queries.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

/** User grants of an organization: the roles that it gives to users in projects. */
export function createUserGrantsV1(store: Store): Handlers<typeof ManagementService> {
  const own = (id: string, organizationId: string, unknown = "COMMAND-3M9sd"): Authorization => {
    const authorization = store.authorizations.get(id);
    if (authorization?.resourceOwner === organizationId) return authorization;
    throw zitadelError(Code.NotFound, unknown, "User grant not found");
  };
  const view = (one: Authorization, origin: string) => toUserGrantView(joinGrant(store, one), origin);
  return {
    getUserGrantByID: ({ grantId }, { organizationId, origin }) => ({
      userGrant: view(own(grantId, organizationId, "QUERY-wIPkA"), origin),
    }),
    listUserGrants: (request, { organizationId, caller, origin }) => {
      const { queries } = request;
      const withGranted = queries.some(({ query }) => query.case === "withGrantedQuery");
      const found = [...store.authorizations.values()].filter((one) => {
        const joined = joinGrant(store, one);
        const isOwn =
          one.resourceOwner === organizationId ||
          (withGranted && joined.project?.resourceOwner === organizationId);
        return (
          isOwn &&
          matchesQueries(joined, queries, MATCHERS) &&
          isInProject(store, caller, "user.grant.read", joined.project)
        );
      });
      return toListResponse(store, request, found, { view: (one) => view(one, origin) });
    },
    addUserGrant: ({ userId, projectId, roleKeys }, { organizationId }) => {
      const authorization = addAuthorization(store, { userId, projectId, organizationId, roleKeys });
      return { userGrantId: authorization.id, details: toAddDetailsV1(authorization) };
    },
    updateUserGrant: ({ grantId, roleKeys }, { organizationId }) => {
      const authorization = own(grantId, organizationId);
      if (String(authorization.roleKeys) === String(roleKeys)) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-Rs8fy", "User grant has not been changed");
      }
      changeAuthorization(store, authorization, roleKeys);
      return { details: toChangeDetailsV1(authorization) };
    },
    deactivateUserGrant: ({ grantId }, { organizationId }) => {
      const authorization = own(grantId, organizationId);
      setAuthorizationState(store, authorization, "inactive");
      return { details: toChangeDetailsV1(authorization) };
    },
    reactivateUserGrant: ({ grantId }, { organizationId }) => {
      const authorization = own(grantId, organizationId, "COMMAND-Lp0gs");
      setAuthorizationState(store, authorization, "active");
      return { details: toChangeDetailsV1(authorization) };
    },
    removeUserGrant: ({ grantId }, { organizationId }) => {
      const authorization = own(grantId, organizationId, "COMMAND-1My0t");
      removeAuthorization(store, authorization, "call");
      return { details: toChangeDetailsV1(authorization) };
    },
    bulkRemoveUserGrant: ({ grantId: ids }, { organizationId }) => {
      if (ids.length === 0) throw zitadelError(Code.InvalidArgument, "COMMAND-5M0sd", "Id missing");
      const all = ids.map((id) => own(id, organizationId, "COMMAND-1My0t"));
      for (const one of all) removeAuthorization(store, one, "call");
      return {};
    },
  };
}

/** An authorization with the objects that it refers to. */
export interface JoinedGrant {
  readonly authorization: Authorization;
  readonly user: User | undefined;
  readonly loginName: string;
  readonly project: StoredProject | undefined;
  readonly organization: Organization | undefined;
  readonly owner: Organization | undefined;
}

export function joinGrant(store: Store, authorization: Authorization): JoinedGrant {
  const project = store.projects.get(authorization.projectId);
  const user = store.users.get(authorization.userId);
  return {
    authorization,
    user,
    loginName: user === undefined ? "" : toLoginNames(store, user).preferred,
    project,
    organization: store.organizations.get(authorization.resourceOwner),
    owner: store.organizations.get(user?.resourceOwner ?? ""),
  };
}

const MATCHERS: Matchers<JoinedGrant, UserGrantQuery> = {
  projectIdQuery: ({ authorization }, { projectId }) => authorization.projectId === projectId,
  userIdQuery: ({ authorization }, { userId }) => authorization.userId === userId,
  withGrantedQuery: () => true,
  roleKeyQuery: ({ authorization }, { roleKey, method }) =>
    authorization.roleKeys.some((key) => textMatches(key, roleKey, method)),
  projectGrantIdQuery: ({ authorization }, { projectGrantId }) =>
    authorization.projectGrantId === projectGrantId,
  userNameQuery: ({ user }, { userName, method }) => has(user?.username, userName, method),
  firstNameQuery: ({ user }, { firstName, method }) => has(user?.human?.givenName, firstName, method),
  lastNameQuery: ({ user }, { lastName, method }) => has(user?.human?.familyName, lastName, method),
  emailQuery: ({ user }, { email, method }) => has(user?.human?.email.address, email, method),
  orgNameQuery: ({ organization }, { orgName, method }) => has(organization?.name, orgName, method),
  orgDomainQuery: ({ organization }, { orgDomain, method }) =>
    has(organization?.primaryDomain, orgDomain, method),
  projectNameQuery: ({ project }, { projectName, method }) => has(project?.name, projectName, method),
  displayNameQuery: ({ user }, value) => has(user && getDisplayName(user), value.displayName, value.method),
  userTypeQuery: ({ user }, { type }) => type === toTypeNumber(user),
};

function has(text: string | undefined, part: string, method: number): boolean {
  return textMatches(text ?? "", part, method);
}

/** The number of a user's type in user.v1. 1: human; 2: machine. */
export function toTypeNumber(user: User | undefined): 1 | 2 {
  return user?.human === undefined ? 2 : 1;
}

function toUserGrantView(
  { authorization, user, loginName, project, organization, owner }: JoinedGrant,
  origin: string,
): MessageInitShape<typeof UserGrantSchema> {
  const { id, roleKeys, state, userId, projectId, projectGrantId } = authorization;
  const { human } = user ?? {};
  return {
    id,
    details: toObjectDetailsV1(authorization),
    roleKeys: [...roleKeys],
    state: STATE_NUMBER[state],
    userId,
    userName: user?.username ?? "",
    preferredLoginName: loginName,
    userType: toTypeNumber(user),
    ...(human && {
      firstName: human.givenName,
      lastName: human.familyName,
      email: human.email.address,
      displayName: human.displayName,
    }),
    ...(user && { avatarUrl: toAvatarUrl(origin, user) }),
    orgId: authorization.resourceOwner,
    orgName: organization?.name ?? "",
    orgDomain: organization?.primaryDomain ?? "",
    projectId,
    projectName: project?.name ?? "",
    ...(projectGrantId === undefined ? {} : { projectGrantId }),
    grantedOrgId: owner?.id ?? "",
    grantedOrgName: owner?.name ?? "",
    grantedOrgDomain: owner?.primaryDomain ?? "",
  };
}
