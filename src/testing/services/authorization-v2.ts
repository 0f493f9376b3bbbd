import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Authorization } from "../state/model/authorization.ts";
import type { Store } from "../state/model/store.ts";
import {
  type AuthorizationFilter,
  createAuthorizationV2beta,
  listAuthorizations,
} from "./authorization-v2beta.ts";
import { type ListRequest, toPagination } from "./lists.ts";
import type { NewerHandlers } from "./newer.ts";
import { STATE_NUMBER } from "./project-queries.ts";
import { toUserWithAvatar } from "./user-references.ts";

/** zitadel.authorization.v2.AuthorizationService: like v2beta, but with a different message for authorizations. */
export function createAuthorizationV2(store: Store): NewerHandlers {
  return {
    ...createAuthorizationV2beta(store),
    listAuthorizations: (request: ListRequest<AuthorizationFilter>, { caller }) => {
      const { page, visible } = listAuthorizations(store, caller, request);
      return { pagination: toPagination(page), authorizations: visible.map((one) => toView(store, one)) };
    },
  };
}

function toView(store: Store, authorization: Authorization): object {
  const { id, userId, projectId, resourceOwner, state, roleKeys, createdAt, changedAt } = authorization;
  const project = store.projects.get(projectId);
  const organization = store.organizations.get(resourceOwner);
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    project: { id: projectId, name: project?.name ?? "", organizationId: project?.resourceOwner ?? "" },
    organization: { id: resourceOwner, name: organization?.name ?? "" },
    user: toUserWithAvatar(store, userId),
    state: STATE_NUMBER[state],
    // The server does not return the group.
    roles: roleKeys.flatMap((key) => {
      const role = project?.roles.get(key);
      return role === undefined ? [] : [{ key, displayName: role.displayName }];
    }),
  };
}
