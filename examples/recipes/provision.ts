// Provisions a customer: an organization with its owner, a project, three roles, an application, and ten users with
// roles. A second run changes nothing: each object has an id of ours, or a name that is then already taken.
import { bulk, createZitadel, hasErrorId, isAlreadyExists, type Zitadel } from "zitadel-connect";

const ROLES = ["reader", "writer", "manager"];

/** Creates what does not exist yet. The second id is Zitadel's error for an existing user id. */
const once = (creation: Promise<unknown>) =>
  creation.catch((error) => {
    if (!isAlreadyExists(error) && !hasErrorId(error, "COMMAND-7yiox1isql")) throw error;
  });

function person(id: string, login: string) {
  const email = {
    email: `${login}@${id}.example`,
    verification: { case: "isVerified", value: true },
  } as const;
  const profile = { givenName: login, familyName: id };
  return { userId: `${id}-${login}`, username: email.email, profile, email };
}

export async function provision(zitadel: Zitadel, id: string): Promise<void> {
  const { org, project, app, user, authorization } = zitadel;
  const [organizationId, projectId] = [id, `${id}-shop`];
  const owner = { userType: { case: "human" as const, value: person(id, "owner") }, roles: ["ORG_OWNER"] };
  await once(org.v2beta.createOrganization({ id, name: id, admins: [owner] }));
  await once(project.v2beta.createProject({ id: projectId, organizationId, name: "Shop" }));
  const addRole = (role: string) => ({ projectId, roleKey: role, displayName: role });
  for (const role of ROLES) await once(project.v2beta.addProjectRole(addRole(role)));
  const oidc = { case: "oidcRequest" as const, value: { redirectUris: [`https://${id}.example/`] } };
  await once(app.v2beta.createApplication({ projectId, name: "Web", creationRequestType: oidc }));
  await bulk(Array(10).keys(), async (index) => {
    const { userId, username, ...value } = person(id, `user${index}`);
    await once(user.v2.createUser({ organizationId, userId, username, userType: { case: "human", value } }));
    const roleKeys = [ROLES[index % ROLES.length] ?? ""];
    await once(authorization.v2beta.createAuthorization({ userId, projectId, organizationId, roleKeys }));
  });
}

if (process.argv[1] === import.meta.filename) await provision(createZitadel(), process.argv[2] ?? "acme");
