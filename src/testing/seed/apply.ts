import { addUserRoles, isUserRole } from "../state/administrators.ts";
import { addApplication } from "../state/applications.ts";
import { addAuthorization } from "../state/authorizations.ts";
import { addPersonalAccessToken, addPublicKey, addSecret } from "../state/credentials.ts";
import { findUserByLoginName } from "../state/login-names.ts";
import { setMetadata } from "../state/metadata.ts";
import type { OidcConfiguration } from "../state/model/application.ts";
import type { Organization } from "../state/model/organization.ts";
import type { StoredProject } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import type { Human, Machine, User } from "../state/model/user.ts";
import { createOrganization } from "../state/organizations.ts";
import { addProject, addProjectGrant, addRoles } from "../state/projects.ts";
import { createTarget, setExecution } from "../state/targets.ts";
import { createUser, newMachine } from "../state/users.ts";
import type {
  EmulatorState,
  SeedApplication,
  SeedAuthorization,
  SeedHuman,
  SeedMachine,
  SeedOrganization,
  SeedProject,
  SeedTarget,
  SeedUser,
} from "./types.ts";

/** Adds the objects of a seed. Before each one, calls `at` with its path, for use in errors. */
export function applySeed(store: Store, seed: EmulatorState, at: (path: string) => void): void {
  const organizations = seed.organizations ?? [];
  // Objects that refer to others are added after them, whatever their order in the seed.
  const owners = organizations.map((one, index) => {
    at(`organizations[${index}]`);
    return addOrganization(store, one);
  });
  const projects: (() => void)[] = [];
  for (const [index, { users = [], projects: seeds = [] }] of organizations.entries()) {
    const owner = owners[index] as Organization;
    for (const [number, user] of users.entries()) {
      at(`organizations[${index}].users[${number}]`);
      addUser(store, owner, user);
    }
    for (const [number, project] of seeds.entries()) {
      at(`organizations[${index}].projects[${number}]`);
      const stored = addSeedProject(store, owner, project);
      projects.push(() => {
        at(`organizations[${index}].projects[${number}].grants`);
        addGrants(store, stored, project);
      });
    }
  }
  for (const addLater of projects) addLater();
  for (const [index, one] of (seed.authorizations ?? []).entries()) {
    at(`authorizations[${index}]`);
    addSeedAuthorization(store, one);
  }
  for (const [index, one] of (seed.targets ?? []).entries()) {
    at(`targets[${index}]`);
    addTarget(store, one);
  }
}

function addOrganization(store: Store, { name, id, metadata = {} }: SeedOrganization): Organization {
  const known = [...store.organizations.values()].find((one) => one.name === name);
  const first = known?.id === store.defaultOrganizationId && id === undefined ? known : undefined;
  const organization = first ?? createOrganization(store, name, id);
  addMetadata(store, organization, metadata);
  return organization;
}

function addMetadata(
  store: Store,
  keeper: Organization | User,
  metadata: Readonly<Record<string, string>>,
): void {
  const entries = Object.entries(metadata).map(([key, value]) => ({ key, value: Buffer.from(value) }));
  if (entries.length > 0) setMetadata(store, keeper, entries);
}

function addUser(store: Store, { id: organizationId }: Organization, seed: SeedUser): void {
  const { username, id, human, machine, roles = [], metadata = {} } = seed;
  if ((human === undefined) === (machine === undefined)) {
    throw new TypeError("must have exactly one of human and machine");
  }
  const unknown = roles.find((role) => !isUserRole(role));
  if (unknown !== undefined)
    throw new TypeError("roles must be roles of the instance or an organization, such as ORG_OWNER");
  const user = createUser(store, {
    id,
    organizationId,
    username,
    human: human && toHuman(store, human),
    machine: machine && newMachine(machine.name ?? username, "", machine.accessTokenType),
  });
  if (machine !== undefined && user.machine !== undefined) addCredentials(store, user, user.machine, machine);
  addUserRoles(store, user, roles);
  addMetadata(store, user, metadata);
}

function toHuman(store: Store, human: SeedHuman): Human {
  const { givenName, familyName, displayName = `${givenName} ${familyName}`, nickName = "" } = human;
  const { email, phone, password: text, preferredLanguage = "und" } = human;
  const times = { changedAt: store.now(), changeRequired: false, failedAttempts: 0 };
  return {
    givenName,
    familyName,
    displayName,
    nickName,
    preferredLanguage,
    gender: 0,
    email: { address: email, verified: true },
    phone: phone === undefined ? undefined : { address: phone, verified: true },
    password: text === undefined ? undefined : { text, ...times },
  };
}

/** Adds credentials that are known in advance. */
function addCredentials(store: Store, user: User, machine: Machine, seed: SeedMachine): void {
  const { secret, token, key } = seed;
  if (secret !== undefined) {
    addSecret(store, user, machine);
    machine.secret = secret;
  }
  if (token !== undefined) {
    const pat = addPersonalAccessToken(store, user, machine);
    const issued = store.tokens.get(pat.token);
    store.tokens.delete(pat.token);
    if (issued !== undefined) store.tokens.set(token, issued);
    machine.tokens.set(pat.id, { ...pat, token });
  }
  if (key !== undefined) {
    const stored = addPublicKey(store, user, machine, { pair: key });
    machine.keys.delete(stored.id);
    machine.keys.set(key.keyId, { ...stored, id: key.keyId });
  }
}

function addSeedProject(
  store: Store,
  { id: organizationId }: Organization,
  seed: SeedProject,
): StoredProject {
  const {
    name,
    id,
    roles = [],
    roleAssertion = false,
    authorizationRequired = false,
    applications = [],
  } = seed;
  const project = addProject(store, {
    id,
    organizationId,
    name,
    projectRoleAssertion: roleAssertion,
    authorizationRequired,
  });
  addRoles(
    store,
    project,
    roles.map((key) => ({ key, displayName: key, group: "" })),
  );
  for (const application of applications) addSeedApplication(store, project, application);
  return project;
}

/** By the enums' numbers in the API. */
const AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"];
const API_AUTH_METHODS = ["client_secret_basic", "private_key_jwt"];
const GRANT_TYPES = ["authorization_code", "implicit", "refresh_token", "device_code", "token_exchange"];
const CODE = 1;

function addSeedApplication(store: Store, project: StoredProject, seed: SeedApplication): void {
  const { id, name, type, clientId, clientSecret, authMethod = "client_secret_basic" } = seed;
  const common = { id, name, clientId, clientSecret };
  if (type === "api") {
    const authMethodType = API_AUTH_METHODS.indexOf(authMethod);
    if (authMethodType < 0)
      throw new TypeError("applications of type api have client_secret_basic or private_key_jwt");
    addApplication(store, project, { ...common, settings: { type, config: { authMethodType } } });
    return;
  }
  const config: Partial<OidcConfiguration> = {
    authMethodType: AUTH_METHODS.indexOf(authMethod),
    redirectUris: [...(seed.redirectUris ?? [])],
    postLogoutRedirectUris: [...(seed.postLogoutRedirectUris ?? [])],
    responseTypes: [CODE],
    grantTypes: (seed.grantTypes ?? ["authorization_code"]).map((one) => GRANT_TYPES.indexOf(one)),
    devMode: true,
  };
  addApplication(store, project, { ...common, settings: { type, config } });
}

function addGrants(store: Store, project: StoredProject, { grants = [] }: SeedProject): void {
  for (const { organization, roles } of grants) {
    addProjectGrant(store, project, findOrganization(store, organization).id, roles);
  }
}

function addSeedAuthorization(store: Store, seed: SeedAuthorization): void {
  const user = store.users.get(seed.user) ?? findUserByLoginName(store, seed.user);
  if (user === undefined) throw new TypeError("user is not the name or id of a user");
  const project = findProject(store, seed.project);
  const organizationId =
    seed.organization === undefined ? project.resourceOwner : findOrganization(store, seed.organization).id;
  addAuthorization(store, { userId: user.id, projectId: project.id, organizationId, roleKeys: seed.roles });
}

function findProject(store: Store, nameOrId: string): StoredProject {
  const known = store.projects.get(nameOrId);
  if (known !== undefined) return known;
  const [found, another] = [...store.projects.values()].filter(({ name }) => name === nameOrId);
  if (another !== undefined) throw new TypeError("project is the name of several projects; give its id");
  if (found === undefined) throw new TypeError("project is not the name or id of a project");
  return found;
}

function findOrganization(store: Store, nameOrId: string): Organization {
  const named = [...store.organizations.values()].find(({ name }) => name === nameOrId);
  const found = store.organizations.get(nameOrId) ?? named;
  if (found === undefined) throw new TypeError("organization is not the name or id of an organization");
  return found;
}

const KINDS = { webhook: "restWebhook", call: "restCall", async: "restAsync" } as const;

function addTarget(store: Store, seed: SeedTarget): void {
  const { name, endpoint, type = "webhook", interruptOnError = false, timeoutMs = 10_000 } = seed;
  const target = createTarget(store, { name, endpoint, kind: KINDS[type], interruptOnError, timeoutMs });
  if (seed.signingKey !== undefined) target.signingKey = seed.signingKey;
  for (const condition of seed.executions ?? []) {
    const others = store.executions.get(condition)?.targets ?? [];
    setExecution(store, condition, [...others, target.id]);
  }
}
