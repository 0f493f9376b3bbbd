import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../gen/zitadel/management_pb.js";
import { zitadelError } from "../errors.ts";
import type { CallContext, Handlers } from "../handlers.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import { createOrganization } from "../state/organizations.ts";
import { TOKEN_TYPE } from "../state/user-events.ts";
import {
  createUser,
  findUserByName,
  newMachine,
  readUser,
  removeUser,
  userNotFound,
} from "../state/users.ts";
import { addDetailsV1, changeDetailsV1 } from "./details.ts";
import { findChanges } from "./events-v1.ts";
import { pageOf } from "./lists.ts";
import { loginPolicyV1 } from "./login-policy-v1.ts";
import { machineHandlersV1 } from "./machines-v1.ts";
import { memberHandlersV1 } from "./members-v1.ts";
import { policiesManagementV1 } from "./policies-v1.ts";
import { providersV1 } from "./providers-v1.ts";
import { findUsers } from "./user-queries.ts";
import { listDetailsV1, orgViewV1, userViewV1 } from "./views-v1.ts";

/** zitadel.management.v1.ManagementService: the view of one organization. */
export function managementV1(store: Store): Handlers<typeof ManagementService> {
  const organization = ({ organizationId }: CallContext) => readOrganization(store, organizationId);
  return {
    ...providersV1(store, organization),
    ...loginPolicyV1(store, organization),
    ...machineHandlersV1(store),
    ...memberHandlersV1(store),
    ...policiesManagementV1(store, organization),
    healthz: () => ({}),
    getSupportedLanguages: () => ({ languages: LANGUAGES }),
    getMyOrg: (_, { organizationId }) => ({ org: orgViewV1(readOrganization(store, organizationId)) }),
    addOrg: ({ name }) => {
      const organization = createOrganization(store, name, undefined);
      return { id: organization.id, details: addDetailsV1(organization) };
    },
    getUserByID: ({ id }, { organizationId }) => {
      const user = readUser(store, id);
      if (user.resourceOwner !== organizationId) throw userNotFound("QUERY-Dfbg2");
      return { user: userViewV1(user) };
    },
    listUsers: ({ query, queries, sortingColumn }, { organizationId }) => {
      const found = findUsers(store.users.values(), queries).filter(
        (user) => user.resourceOwner === organizationId,
      );
      const page = pageOf(found, query, ({ id }) => id);
      return { details: listDetailsV1(store, page), sortingColumn, result: page.items.map(userViewV1) };
    },
    listUserChanges: ({ userId: aggregateId, query }, { organizationId: resourceOwner }) => ({
      result: findChanges(store, { aggregateTypes: ["user"], aggregateId, resourceOwner }, query),
    }),
    listOrgChanges: ({ query }, { organizationId: aggregateId }) => ({
      result: findChanges(store, { aggregateTypes: ["org"], aggregateId }, query),
    }),
    isUserUnique: ({ userName }) => ({ isUnique: findUserByName(store, userName) === undefined }),
    addMachineUser: ({ userName, name, description, userId: id, accessTokenType }, { organizationId }) => {
      const type = accessTokenType === TOKEN_TYPE.jwt ? "jwt" : "bearer";
      const machine = newMachine(name, description, type);
      const user = createUser(store, { organizationId, id, username: userName, machine });
      return { userId: user.id, details: changeDetailsV1(user) };
    },
    removeUser: ({ id }) => ({ details: changeDetailsV1(removeUser(store, id, "COMMAND-m9od")) }),
  };
}

function readOrganization(store: Store, id: string): Organization {
  const organization = store.organizations.get(id);
  if (organization === undefined) throw zitadelError(Code.NotFound, "QUERY-iTTGJ", "Organisation not found");
  return organization;
}
