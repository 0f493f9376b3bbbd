import { requireAuthorizingGrant } from "../state/authorizations.ts";
import type { State } from "../state/model/aggregate.ts";
import type { Store } from "../state/model/store.ts";
import type { UserState } from "../state/model/user.ts";
import { type AdministratorRequest, findAdministratorPermission } from "./administered.ts";
import type { FindScope, Request, Rule, Scope } from "./scope.ts";
import { SIGN_IN_RULES } from "./sign-in-permissions.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The user that `userId` names. */
const user: FindScope = (store, { userId }) => {
  const found = store.users.get(text(userId));
  return found && { organizationId: found.resourceOwner };
};

/** The same, but users do not need the permission on themselves. */
const userOrSelf: FindScope = (store, request) => {
  const scope = user(store, request);
  return scope && { ...scope, self: text(request["userId"]) };
};

/** The same for users of one type, which the server checks first. */
const ofType =
  (type: "human" | "machine", scope: FindScope): FindScope =>
  (store, request) =>
    store.users.get(text(request["userId"]))?.[type] === undefined ? undefined : scope(store, request);

/** The same for users in certain states, which the server checks first. */
const userIn =
  (...states: readonly UserState[]): FindScope =>
  (store, request) => {
    const state = store.users.get(text(request["userId"]))?.state;
    return state !== undefined && states.includes(state) ? user(store, request) : undefined;
  };

/** Users may change their own addresses, but neither verify them without a code nor get the codes. */
const ownAddress: FindScope = (store, request) =>
  isConfirming(request) ? user(store, request) : userOrSelf(store, request);

/** The same for requests that change more than addresses. */
const ownChange: FindScope = (store, request) => {
  const { case: type, value = request } = (request["userType"] ?? {}) as { case?: string; value?: Request };
  const { email, phone, profile, password } = value;
  const isChange = [email, phone, profile, password, request["username"]].some((one) => one !== undefined);
  if (type !== "machine" && !isChange) return undefined;
  const isOwn = ![email, phone].some((one) => isConfirming((one ?? {}) as Request));
  return ofType(type === "machine" ? "machine" : "human", isOwn ? userOrSelf : user)(store, request);
};

function isConfirming({ verification }: Request): boolean {
  const { case: how, value } = (verification ?? {}) as { case?: string; value?: unknown };
  return how === "returnCode" || (how === "isVerified" && value !== false);
}

/** The organization that `id` names. The server checks later whether it exists. */
const organizationById: FindScope = (_, { id }) => ({ organizationId: text(id) });

/** The instance, for objects that do not belong to an organization. */
const instance: FindScope = (store) => ({ organizationId: store.instanceId });

const organization: FindScope = (_, { organizationId }) => ({ organizationId: text(organizationId) });

function toProjectScope(store: Store, id: string): Scope | undefined {
  const project = store.projects.get(id);
  return project && { organizationId: project.resourceOwner, resourceId: project.id };
}

/** The project that a field names. */
const project =
  (field: "id" | "projectId"): FindScope =>
  (store, request) =>
    toProjectScope(store, text(request[field]));

/** A project, unless it already has the state that the call sets, in which case that error takes precedence. */
const unlessProjectIs =
  (state: State, field: "id" | "projectId"): FindScope =>
  (store, request) =>
    store.projects.get(text(request[field]))?.state === state ? undefined : project(field)(store, request);

/** The project of a role. Removing an unknown role does not require a permission. */
const projectRole: FindScope = (store, request) =>
  store.projects.get(text(request["projectId"]))?.roles.has(text(request["roleKey"])) === true
    ? project("projectId")(store, request)
    : undefined;

/** The project of a grant, unless the grant already has the state that the call sets. */
const unlessGrantIs =
  (state: State): FindScope =>
  (store, { projectId, grantedOrganizationId }) => {
    const grants = store.projects.get(text(projectId))?.grants;
    return grants?.get(text(grantedOrganizationId))?.state === state
      ? undefined
      : toProjectScope(store, text(projectId));
  };

/** The project of the application that a field names. */
const application =
  (field: "id" | "appId" | "applicationId"): FindScope =>
  (store, request) =>
    toProjectScope(store, store.applications.get(text(request[field]))?.projectId ?? "");

/** The project of the application that a key belongs to. */
const applicationKey: FindScope = (store, request) => {
  const keyId = text(request["keyId"]) || text(request["id"]);
  const found = [...store.applications.values()].find((one) => one.type !== "saml" && one.keys.has(keyId));
  return found && toProjectScope(store, found.projectId);
};

/** A new authorization. The server first checks that everything in it exists. */
const newAuthorization: FindScope = (store, request) => {
  const [userId, projectId] = [text(request["userId"]), text(request["projectId"])];
  const owner = store.projects.get(projectId)?.resourceOwner ?? "";
  const organizationId = text(request["organizationId"]) || owner;
  const roleKeys = request["roleKeys"] as readonly string[];
  const grant = requireAuthorizingGrant(store, { userId, projectId, organizationId, roleKeys });
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
const ownContact: Rule = ["user.write", ofType("human", ownAddress)];
const ownMachine: Rule = ["user.write", ofType("machine", userOrSelf)];
const appWrite = (field: "id" | "appId" | "applicationId"): Rule => ["project.app.write", application(field)];
const organizationWrite: Rule = ["org.write", organizationById];
const inOrganization: Rule = ["org.write", organization];
const grantWrite: Rule = ["project.grant.write", project("projectId")];

/** The project of an application, unless the application already has the state that the call sets. */
const unlessApplicationIs =
  (state: State, field: "id" | "applicationId"): FindScope =>
  (store, request) =>
    store.applications.get(text(request[field]))?.state === state
      ? undefined
      : application(field)(store, request);

/** The rules for applications, whose id is in one of two fields. */
function createApplicationRules(id: "id" | "applicationId"): Readonly<Record<string, Rule>> {
  return {
    createApplication: ["project.app.write", project("projectId")],
    updateApplication: appWrite(id),
    deactivateApplication: ["project.app.write", unlessApplicationIs("inactive", id)],
    reactivateApplication: ["project.app.write", unlessApplicationIs("active", id)],
    deleteApplication: ["project.app.delete", application(id)],
    getApplication: ["project.app.read", application(id)],
    getApplicationKey: ["project.app.read", applicationKey],
    generateClientSecret: appWrite("applicationId"),
    createApplicationKey: appWrite("applicationId"),
    deleteApplicationKey: appWrite("applicationId"),
  };
}

/** An authorization, unless it already has the state that the call sets. */
const unlessAuthorizationIs =
  (state: State): FindScope =>
  (store, request) =>
    store.authorizations.get(text(request["id"]))?.state === state
      ? undefined
      : authorization(store, request);

const authorizationRules: Readonly<Record<string, Rule>> = {
  createAuthorization: ["user.grant.write", newAuthorization],
  updateAuthorization: ["user.grant.write", authorization],
  activateAuthorization: ["user.grant.write", unlessAuthorizationIs("active")],
  deactivateAuthorization: ["user.grant.write", unlessAuthorizationIs("inactive")],
  deleteAuthorization: ["user.grant.delete", authorization],
};

/** The rules for projects, whose id is in one of two fields. */
function createProjectRules(id: "id" | "projectId"): Readonly<Record<string, Rule>> {
  const projectWrite: Rule = ["project.write", project(id)];
  return {
    createProject: ["project.create", organization],
    updateProject: projectWrite,
    activateProject: ["project.write", unlessProjectIs("active", id)],
    deactivateProject: ["project.write", unlessProjectIs("inactive", id)],
    deleteProject: ["project.delete", project(id)],
    getProject: ["project.read", project(id)],
    addProjectRole: ["project.role.write", project("projectId")],
    updateProjectRole: ["project.role.write", project("projectId")],
    removeProjectRole: ["project.role.delete", projectRole],
    createProjectGrant: grantWrite,
    updateProjectGrant: grantWrite,
    activateProjectGrant: ["project.grant.write", unlessGrantIs("active")],
    deactivateProjectGrant: ["project.grant.write", unlessGrantIs("inactive")],
    deleteProjectGrant: ["project.grant.delete", project("projectId")],
  };
}

/**
 * The permissions of RPCs that do not declare one because it depends on the object, by service and RPC: the checks in
 * Zitadel's internal/command (permission_checks.go).
 */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  "zitadel.user.v2.UserService": {
    ...SIGN_IN_RULES,
    createUser: ["user.write", organization],
    getUserByID: ["user.read", userOrSelf],
    updateUser: ["user.write", ownChange],
    updateHumanUser: ["user.write", ownChange],
    setEmail: ownContact,
    sendEmailCode: ownContact,
    resendEmailCode: ownContact,
    setPhone: ownContact,
    resendPhoneCode: ownContact,
    removePhone: ownContact,
    lockUser: ["user.write", userIn("active")],
    unlockUser: ["user.write", userIn("locked")],
    deactivateUser: ["user.write", userIn("active", "locked")],
    reactivateUser: ["user.write", userIn("inactive")],
    deleteUser: ["user.delete", user],
    setUserMetadata: userWrite,
    deleteUserMetadata: userWrite,
    addSecret: ownProfile,
    removeSecret: ownProfile,
    addKey: ownMachine,
    removeKey: ownProfile,
    addPersonalAccessToken: ownMachine,
    removePersonalAccessToken: ownProfile,
  },
  "zitadel.instance.v2.InstanceService": {
    getInstance: ["iam.read", instance],
    updateInstance: ["iam.write", instance],
    listCustomDomains: ["iam.read", instance],
    addTrustedDomain: ["iam.write", instance],
    removeTrustedDomain: ["iam.write", instance],
    listTrustedDomains: ["iam.read", instance],
  },
  "zitadel.org.v2.OrganizationService": {
    addOrganization: ["org.create", instance],
    updateOrganization: inOrganization,
    activateOrganization: inOrganization,
    deactivateOrganization: inOrganization,
    deleteOrganization: ["org.delete", organization],
    setOrganizationMetadata: inOrganization,
    deleteOrganizationMetadata: inOrganization,
    addOrganizationDomain: inOrganization,
    deleteOrganizationDomain: inOrganization,
    generateOrganizationDomainValidation: inOrganization,
    verifyOrganizationDomain: inOrganization,
  },
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
  "zitadel.project.v2beta.ProjectService": createProjectRules("id"),
  "zitadel.project.v2.ProjectService": createProjectRules("projectId"),
  "zitadel.app.v2beta.AppService": {
    ...createApplicationRules("id"),
    regenerateClientSecret: appWrite("applicationId"),
    createApplicationKey: appWrite("appId"),
  },
  "zitadel.application.v2.ApplicationService": createApplicationRules("applicationId"),
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

/** Services whose RPCs require the same permissions as those of another service. */
const LIKE: Readonly<Partial<Record<string, string>>> = {
  "zitadel.user.v2beta.UserService": "zitadel.user.v2.UserService",
};

/** Finds the permission that a call requires on its object, and the scope. Undefined if it does not require one. */
export function findResourcePermission(
  store: Store,
  { typeName }: { readonly typeName: string },
  rpc: string,
  request: Request,
): { readonly permission: string; readonly scope: Scope } | undefined {
  if (INTERNAL_PERMISSION.test(typeName)) {
    // The requests of both versions have these fields.
    return findAdministratorPermission(store, rpc, request as unknown as AdministratorRequest);
  }
  if (typeName === IDENTITY_PROVIDER) return findProviderPermission(store, request);
  const [permission, findScope] = RULES[LIKE[typeName] ?? typeName]?.[rpc] ?? [];
  const scope = findScope?.(store, request);
  return permission === undefined || scope === undefined ? undefined : { permission, scope };
}

/** Reading providers of the instance requires a different permission than those of organizations. */
function findProviderPermission(
  store: Store,
  { id }: Request,
): { readonly permission: string; readonly scope: Scope } | undefined {
  const organizationId = store.identityProviders.get(text(id))?.resourceOwner;
  if (organizationId === undefined) return undefined;
  const permission = organizationId === store.instanceId ? "iam.idp.read" : "org.idp.read";
  return { permission, scope: { organizationId } };
}
