import { authorizingGrant } from "../state/authorizations.ts";
import type { Store } from "../state/model/store.ts";
import { type AdministratorRequest, administratorPermission } from "./administered.ts";
import type { Scope } from "./scope.ts";

/** A request, of which only some fields matter here. */
type Request = Readonly<Record<string, unknown>>;

/** Where an RPC needs its permission; undefined where the object is unknown, which the server finds out before. */
type FindScope = (store: Store, request: Request) => Scope | undefined;

type Rule = readonly [permission: string, scope: FindScope];

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** For the user that `userId` names. */
const user: FindScope = (store, { userId }) => {
  const found = store.users.get(text(userId));
  return found && { organizationId: found.resourceOwner };
};

/** The same, where users may do it to themselves. */
const userOrSelf: FindScope = (store, request) => {
  const scope = user(store, request);
  return scope && { ...scope, self: text(request["userId"]) };
};

/** For the organization that `id` names. */
const organizationById: FindScope = (store, { id }) => {
  const found = store.organizations.get(text(id));
  return found && { organizationId: found.id };
};

/** For what belongs to no organization. */
const instance: FindScope = (store) => ({ organizationId: store.instanceId });

const organization: FindScope = (_, { organizationId }) => ({ organizationId: text(organizationId) });

function projectScope(store: Store, id: string): Scope | undefined {
  const project = store.projects.get(id);
  return project && { organizationId: project.resourceOwner, resourceId: project.id };
}

/** For the project that a field names. */
const project =
  (field: "id" | "projectId"): FindScope =>
  (store, request) =>
    projectScope(store, text(request[field]));

/** For the project of the application that a field names. */
const application =
  (field: "id" | "appId" | "applicationId"): FindScope =>
  (store, request) =>
    projectScope(store, store.applications.get(text(request[field]))?.projectId ?? "");

/** The server asks for the permission when it knows that all that the authorization is about is there. */
const newAuthorization: FindScope = (store, request) => {
  const [userId, projectId] = [text(request["userId"]), text(request["projectId"])];
  const owner = store.projects.get(projectId)?.resourceOwner ?? "";
  const organizationId = text(request["organizationId"]) || owner;
  const roleKeys = request["roleKeys"] as readonly string[];
  const grant = authorizingGrant(store, { userId, projectId, organizationId, roleKeys });
  return { organizationId, resourceId: grant ?? projectId };
};

const authorization: FindScope = (store, { id }) => {
  const found = store.authorizations.get(text(id));
  if (found === undefined) return undefined;
  const { resourceOwner: organizationId, projectId, projectGrantId } = found;
  return { organizationId, resourceId: projectGrantId ?? projectId };
};

const group: FindScope = (store, { id }) => {
  const found = store.groups.get(text(id));
  return found && { organizationId: found.resourceOwner };
};

const userWrite: Rule = ["user.write", user];
const ownProfile: Rule = ["user.write", userOrSelf];
const appWrite = (field: "id" | "appId" | "applicationId"): Rule => ["project.app.write", application(field)];
const organizationWrite: Rule = ["org.write", organizationById];
const inOrganization: Rule = ["org.write", organization];
const grantWrite: Rule = ["project.grant.write", project("projectId")];

const authorizationRules: Readonly<Record<string, Rule>> = {
  createAuthorization: ["user.grant.write", newAuthorization],
  updateAuthorization: ["user.grant.write", authorization],
  activateAuthorization: ["user.grant.write", authorization],
  deactivateAuthorization: ["user.grant.write", authorization],
  deleteAuthorization: ["user.grant.delete", authorization],
};

/** The rules of projects, whose id is in one field or the other. */
function projectRules(id: "id" | "projectId"): Readonly<Record<string, Rule>> {
  const projectWrite: Rule = ["project.write", project(id)];
  return {
    createProject: ["project.create", organization],
    updateProject: projectWrite,
    activateProject: projectWrite,
    deactivateProject: projectWrite,
    deleteProject: ["project.delete", project(id)],
    getProject: ["project.read", project(id)],
    addProjectRole: ["project.role.write", project("projectId")],
    updateProjectRole: ["project.role.write", project("projectId")],
    removeProjectRole: ["project.role.delete", project("projectId")],
    createProjectGrant: grantWrite,
    updateProjectGrant: grantWrite,
    activateProjectGrant: grantWrite,
    deactivateProjectGrant: grantWrite,
    deleteProjectGrant: ["project.grant.delete", project("projectId")],
  };
}

/**
 * What RPCs need that declare nothing, because it depends on the object that they are about: the checks in Zitadel's
 * internal/command (permission_checks.go), by service and RPC.
 */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  "zitadel.user.v2.UserService": {
    createUser: ["user.write", organization],
    getUserByID: ["user.read", userOrSelf],
    updateUser: ownProfile,
    updateHumanUser: ownProfile,
    setEmail: ownProfile,
    setPhone: ownProfile,
    removePhone: ownProfile,
    setPassword: ownProfile,
    lockUser: userWrite,
    unlockUser: userWrite,
    deactivateUser: userWrite,
    reactivateUser: userWrite,
    deleteUser: ["user.delete", user],
    setUserMetadata: userWrite,
    deleteUserMetadata: userWrite,
    addSecret: ownProfile,
    removeSecret: ownProfile,
    addKey: ownProfile,
    removeKey: ownProfile,
    addPersonalAccessToken: ownProfile,
    removePersonalAccessToken: ownProfile,
  },
  "zitadel.org.v2.OrganizationService": { addOrganization: ["org.create", instance] },
  "zitadel.org.v2beta.OrganizationService": {
    createOrganization: ["org.create", instance],
    updateOrganization: organizationWrite,
    activateOrganization: organizationWrite,
    deactivateOrganization: organizationWrite,
    deleteOrganization: ["org.delete", organizationById],
    setOrganizationMetadata: inOrganization,
    deleteOrganizationMetadata: inOrganization,
    listOrganizationMetadata: ["org.read", organization],
    addOrganizationDomain: inOrganization,
    deleteOrganizationDomain: inOrganization,
    listOrganizationDomains: ["org.read", organization],
  },
  "zitadel.project.v2beta.ProjectService": projectRules("id"),
  "zitadel.project.v2.ProjectService": projectRules("projectId"),
  "zitadel.app.v2beta.AppService": {
    createApplication: ["project.app.write", project("projectId")],
    updateApplication: appWrite("id"),
    deactivateApplication: appWrite("id"),
    reactivateApplication: appWrite("id"),
    deleteApplication: ["project.app.delete", application("id")],
    regenerateClientSecret: appWrite("applicationId"),
    getApplication: ["project.app.read", application("id")],
    createApplicationKey: appWrite("appId"),
    deleteApplicationKey: appWrite("applicationId"),
  },
  "zitadel.authorization.v2beta.AuthorizationService": authorizationRules,
  "zitadel.authorization.v2.AuthorizationService": authorizationRules,
  "zitadel.group.v2.GroupService": {
    createGroup: ["group.create", organization],
    getGroup: ["group.read", group],
    updateGroup: ["group.write", group],
    deleteGroup: ["group.delete", group],
    addUsersToGroup: ["group.user.write", group],
    removeUsersFromGroup: ["group.user.delete", group],
  },
};

const IDENTITY_PROVIDER = "zitadel.idp.v2.IdentityProviderService";
const INTERNAL_PERMISSION = /^zitadel\.internal_permission\.v2(beta)?\.InternalPermissionService$/;

/** The permission that a call needs besides what its RPC declares, and where; undefined if none. */
export function resourcePermission(
  store: Store,
  { typeName }: { readonly typeName: string },
  rpc: string,
  request: Request,
): { readonly permission: string; readonly scope: Scope } | undefined {
  if (INTERNAL_PERMISSION.test(typeName)) {
    // Both versions have the fields of it.
    return administratorPermission(store, rpc, request as unknown as AdministratorRequest);
  }
  if (typeName === IDENTITY_PROVIDER) return providerPermission(store, request);
  const [permission, findScope] = RULES[typeName]?.[rpc] ?? [];
  const scope = findScope?.(store, request);
  return permission === undefined || scope === undefined ? undefined : { permission, scope };
}

/** Providers of the instance are read with another permission than those of organizations. */
function providerPermission(
  store: Store,
  { id }: Request,
): { readonly permission: string; readonly scope: Scope } | undefined {
  const organizationId = store.identityProviders.get(text(id))?.resourceOwner;
  if (organizationId === undefined) return undefined;
  const permission = organizationId === store.instanceId ? "iam.idp.read" : "org.idp.read";
  return { permission, scope: { organizationId } };
}
