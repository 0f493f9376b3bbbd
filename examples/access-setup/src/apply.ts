import type { Zitadel } from "zitadel-connect";
import type { Access, Assignments, Customer } from "./access.ts";

/** Called with each change, such as `role reader`. */
type Tell = (change: string) => void;

/**
 * Creates what does not exist yet, and changes what differs. Keeps what the file does not name. A second run changes
 * nothing.
 */
export async function apply(zitadel: Zitadel, access: Access, tell: Tell): Promise<void> {
  const organizationId = await applyOrganization(zitadel, access.organization, tell);
  const projectId = await applyProject(zitadel, organizationId, access.project, tell);
  await applyRoles(zitadel, projectId, access.roles, tell);
  await applyApplications(zitadel, projectId, access.applications, tell);
  await assign(zitadel, { projectId, organizationId }, access.staff, tell);
  for (const customer of access.customers) await applyCustomer(zitadel, projectId, customer, tell);
}

async function applyOrganization({ org }: Zitadel, name: string, tell: Tell): Promise<string> {
  const { result } = await org.v2.listOrganizations({
    queries: [{ query: { case: "nameQuery", value: { name } } }],
  });
  if (result[0] !== undefined) return result[0].id;
  const { organizationId } = await org.v2.addOrganization({ name });
  tell(`organization ${name}`);
  return organizationId;
}

async function applyProject(
  { project }: Zitadel,
  organizationId: string,
  name: string,
  tell: Tell,
): Promise<string> {
  const { projects } = await project.v2beta.listProjects({
    filters: [
      { filter: { case: "projectNameFilter", value: { projectName: name } } },
      { filter: { case: "projectResourceOwnerFilter", value: { id: organizationId } } },
    ],
  });
  if (projects[0] !== undefined) return projects[0].id;
  // Tokens contain the roles, and only users with a role may sign in.
  const { id } = await project.v2beta.createProject({
    organizationId,
    name,
    projectRoleAssertion: true,
    authorizationRequired: true,
  });
  tell(`project ${name}`);
  return id;
}

async function applyRoles(
  { project }: Zitadel,
  projectId: string,
  roles: Access["roles"],
  tell: Tell,
): Promise<void> {
  const existing = await project.v2beta.listProjectRoles({ projectId }).toArray();
  const names = new Map(existing.map(({ key, displayName }) => [key, displayName]));
  for (const [roleKey, displayName] of Object.entries(roles)) {
    if (names.get(roleKey) === displayName) continue;
    const role = { projectId, roleKey, displayName };
    if (names.has(roleKey)) await project.v2beta.updateProjectRole(role);
    else await project.v2beta.addProjectRole(role);
    tell(`role ${roleKey}`);
  }
}

async function applyApplications(
  { app }: Zitadel,
  projectId: string,
  applications: Access["applications"],
  tell: Tell,
): Promise<void> {
  const existing = await app.v2beta.listApplications({ projectId }).toArray();
  const names = new Set(existing.map(({ name }) => name));
  for (const [name, { redirectUris }] of Object.entries(applications)) {
    if (names.has(name)) continue;
    const { creationResponseType } = await app.v2beta.createApplication({
      projectId,
      name,
      creationRequestType:
        redirectUris === undefined
          ? { case: "apiRequest", value: { authMethodType: "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT" } }
          : { case: "oidcRequest", value: { redirectUris, authMethodType: "OIDC_AUTH_METHOD_TYPE_NONE" } },
    });
    const clientId = creationResponseType.case === "samlResponse" ? "" : creationResponseType.value?.clientId;
    tell(`application ${name}, client id ${clientId}`);
  }
}

async function applyCustomer(
  zitadel: Zitadel,
  projectId: string,
  { organization, roles, users }: Customer,
  tell: Tell,
): Promise<void> {
  const organizationId = await applyOrganization(zitadel, organization, tell);
  const { project } = zitadel;
  const { projectGrants } = await project.v2beta.listProjectGrants({
    filters: [
      { filter: { case: "inProjectIdsFilter", value: { ids: [projectId] } } },
      { filter: { case: "projectGrantResourceOwnerFilter", value: { id: organizationId } } },
    ],
  });
  const grant = { projectId, grantedOrganizationId: organizationId, roleKeys: roles };
  if (!areSame(projectGrants[0]?.grantedRoleKeys, roles)) {
    if (projectGrants[0] === undefined) await project.v2beta.createProjectGrant(grant);
    else await project.v2beta.updateProjectGrant(grant);
    tell(`grant to ${organization}: ${roles.join(", ")}`);
  }
  await assign(zitadel, { projectId, organizationId }, users, tell);
}

/** Grants users of an organization their roles. */
async function assign(
  zitadel: Zitadel,
  { projectId, organizationId }: { projectId: string; organizationId: string },
  assignments: Assignments,
  tell: Tell,
): Promise<void> {
  const { authorization } = zitadel;
  for (const [username, roleKeys] of Object.entries(assignments)) {
    const userId = await findUser(zitadel, organizationId, username);
    const { authorizations } = await authorization.v2beta.listAuthorizations({
      filters: [
        { filter: { case: "userId", value: { id: userId } } },
        { filter: { case: "projectId", value: { id: projectId } } },
      ],
    });
    const one = authorizations[0];
    if (areSame(one?.roles, roleKeys)) continue;
    if (one !== undefined) await authorization.v2beta.updateAuthorization({ id: one.id, roleKeys });
    else await authorization.v2beta.createAuthorization({ userId, projectId, organizationId, roleKeys });
    tell(`roles of ${username}: ${roleKeys.join(", ")}`);
  }
}

async function findUser({ user }: Zitadel, organizationId: string, userName: string): Promise<string> {
  const { result } = await user.v2.listUsers({
    queries: [
      { query: { case: "userNameQuery", value: { userName } } },
      { query: { case: "organizationIdQuery", value: { organizationId } } },
    ],
  });
  if (result[0] === undefined) throw new Error(`${userName}: there is no such user in its organization`);
  return result[0].userId;
}

/** Compares without regard to order. */
function areSame(there: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return there !== undefined && there.toSorted().join("\n") === wanted.toSorted().join("\n");
}
