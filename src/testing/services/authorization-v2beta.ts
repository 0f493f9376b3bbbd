import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  AuthorizationSchema,
  AuthorizationsSearchFilter,
} from "../../../gen/zitadel/authorization/v2beta/authorization_pb.js";
import type { AuthorizationService } from "../../../gen/zitadel/authorization/v2beta/authorization_service_pb.js";
import { isAuthorizationVisible } from "../access/visibility.ts";
import type { Caller, Handlers } from "../handlers.ts";
import {
  addAuthorization,
  changeAuthorization,
  removeAuthorization,
  requireAuthorization,
  setAuthorizationState,
} from "../state/authorizations.ts";
import type { State } from "../state/model/aggregate.ts";
import type { Authorization } from "../state/model/authorization.ts";
import type { Store } from "../state/model/store.ts";
import { findRemovalDate, NO_TIME } from "./details.ts";
import { findPage, type ListRequest, type Page, type SortKeys, toPagination } from "./lists.ts";
import { textMatches } from "./matching.ts";
import { STATE_NUMBER } from "./project-queries.ts";
import { matchesDisplayName, matchesLoginName, toUserWithAvatar } from "./user-references.ts";

/** zitadel.authorization.v2beta.AuthorizationService */
export function createAuthorizationV2beta(store: Store): Handlers<typeof AuthorizationService> {
  const setState =
    (state: State, unknown: string) =>
    ({ id }: { id: string }) => {
      const authorization = requireAuthorization(store, id, unknown);
      setAuthorizationState(store, authorization, state);
      return { changeDate: timestampFromMs(authorization.changedAt) };
    };
  return {
    createAuthorization: (request) => {
      const owner = store.projects.get(request.projectId)?.resourceOwner ?? "";
      const organizationId = request.organizationId ?? owner;
      const { id, createdAt } = addAuthorization(store, { ...request, organizationId });
      return { id, creationDate: timestampFromMs(createdAt) };
    },
    updateAuthorization: ({ id, roleKeys }) => {
      const authorization = requireAuthorization(store, id);
      changeAuthorization(store, authorization, roleKeys);
      return { changeDate: timestampFromMs(authorization.changedAt) };
    },
    // Removing an unknown authorization is not an error.
    deleteAuthorization: ({ id }) => {
      const authorization = store.authorizations.get(id);
      if (authorization === undefined) {
        return { deletionDate: findRemovalDate(store, id, "user.grant.removed") ?? NO_TIME };
      }
      removeAuthorization(store, authorization, "call");
      return { deletionDate: timestampFromMs(authorization.changedAt) };
    },
    activateAuthorization: setState("active", "COMMAND-Lp0gs"),
    deactivateAuthorization: setState("inactive", "COMMAND-3M9sd"),
    listAuthorizations: (request, { caller }) => {
      const { page, visible } = listAuthorizations(store, caller, request);
      return { pagination: toPagination(page), authorizations: visible.map((one) => toView(store, one)) };
    },
  };
}

/** A filter of v2beta or v2. */
export interface AuthorizationFilter {
  readonly filter:
    | AuthorizationsSearchFilter["filter"]
    | { case: "inUserIds"; value: { ids: readonly string[] } };
}

/** Finds a page of authorizations. `visible`: those that the caller may see. */
export function listAuthorizations(
  store: Store,
  caller: Caller | undefined,
  request: ListRequest<AuthorizationFilter>,
): { readonly page: Page<Authorization>; readonly visible: readonly Authorization[] } {
  const found = [...store.authorizations.values()].filter((one) =>
    request.filters.every((filter) => passes(store, one, filter)),
  );
  const userOwner = ({ userId }: Authorization) => store.users.get(userId)?.resourceOwner ?? "";
  const page = findPage(found, request, [...SORT_KEYS, userOwner]);
  return { page, visible: page.items.filter((one) => isAuthorizationVisible(store, caller, one)) };
}

const SORT_KEYS: SortKeys<Authorization> = [
  ({ createdAt }) => createdAt,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
  ({ id }) => id,
  ({ userId }) => userId,
  ({ projectId }) => projectId,
  ({ resourceOwner }) => resourceOwner,
];

function passes(store: Store, one: Authorization, { filter }: AuthorizationFilter): boolean {
  const user = store.users.get(one.userId);
  switch (filter.case) {
    case "authorizationIds":
      return filter.value.ids.includes(one.id);
    case "organizationId":
      return one.resourceOwner === filter.value.id;
    case "state":
      return STATE_NUMBER[one.state] === filter.value.state;
    case "userId":
      return one.userId === filter.value.id;
    case "inUserIds":
      return filter.value.ids.includes(one.userId);
    case "userOrganizationId":
      return user?.resourceOwner === filter.value.id;
    case "userPreferredLoginName":
      return matchesLoginName(store, one.userId, filter.value.loginName, filter.value.method);
    case "userDisplayName":
      return matchesDisplayName(store, one.userId, filter.value.displayName, filter.value.method);
    case "projectId":
      return one.projectId === filter.value.id;
    case "projectName": {
      const name = store.projects.get(one.projectId)?.name ?? "";
      return textMatches(name, filter.value.name, filter.value.method);
    }
    case "roleKey":
      return one.roleKeys.includes(filter.value.key);
    case "projectGrantId":
      return one.projectGrantId === filter.value.id;
    default:
      return true;
  }
}

function toView(store: Store, authorization: Authorization): MessageInitShape<typeof AuthorizationSchema> {
  const { id, userId, projectId, projectGrantId, resourceOwner, state, roleKeys } = authorization;
  const project = store.projects.get(projectId);
  return {
    id,
    projectId,
    projectName: project?.name ?? "",
    projectOrganizationId: project?.resourceOwner ?? "",
    ...(projectGrantId === undefined ? {} : { projectGrantId, grantedOrganizationId: resourceOwner }),
    organizationId: resourceOwner,
    creationDate: timestampFromMs(authorization.createdAt),
    changeDate: timestampFromMs(authorization.changedAt),
    state: STATE_NUMBER[state],
    user: toUserWithAvatar(store, userId),
    roles: [...roleKeys],
  };
}
