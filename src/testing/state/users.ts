import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { removeAdministrator } from "./administrators.ts";
import { removeAuthorization } from "./authorizations.ts";
import { removeGroupUsers } from "./groups.ts";
import type { Store } from "./model/store.ts";
import type { AccessTokenType, Human, Machine, User } from "./model/user.ts";
import { findDomainOwner } from "./organization-domains.ts";
import { hasDomainSuffix } from "./policies.ts";
import { newAggregate, writeEvents } from "./store.ts";
import { humanAdded, machineAdded } from "./user-events.ts";

export interface NewUser {
  readonly organizationId: string;
  readonly id?: string | undefined;
  readonly username: string;
  readonly human?: Human | undefined;
  readonly machine?: Machine | undefined;
  /** Whether a human starts in the state `initial`, with an initialization code. Default: false. */
  readonly initial?: boolean | undefined;
}

/** Creates a user. The id and username must be unique. */
export function createUser(store: Store, user: NewUser): User {
  checkOrganization(store, user.organizationId);
  const id = user.id || store.newId();
  if (store.users.has(id)) throw userExists("COMMAND-k2una");
  checkUsername(store, user.username, user.organizationId);
  const { human, machine, initial = false } = user;
  const created: User = {
    ...newAggregate(store, { aggregateType: "user", id, resourceOwner: user.organizationId }),
    username: user.username,
    state: initial ? "initial" : "active",
    human,
    machine,
    metadata: new Map(),
  };
  store.users.set(id, created);
  if (human !== undefined) writeEvents(store, created, ...humanAdded(store, user.username, human, initial));
  if (machine !== undefined) writeEvents(store, created, machineAdded(user.username, machine));
  return created;
}

/** Throws if the organization of a new user does not exist. */
export function checkOrganization(store: Store, id: string): void {
  if (store.organizations.has(id)) return;
  throw zitadelError(Code.FailedPrecondition, "COMMAND-QXPGs", "Organisation not found");
}

/** Throws if a username ends with the verified domain of another organization. */
export function checkUsernameDomain(store: Store, organizationId: string, username: string): void {
  if (hasDomainSuffix(store, organizationId)) return;
  const [, domain] = /@([^@]*)$/.exec(username.toLowerCase()) ?? [];
  if (domain === undefined) return;
  const owner = findDomainOwner(store, domain);
  if (owner === undefined || owner.id === organizationId) return;
  throw zitadelError(Code.InvalidArgument, "COMMAND-SFd21", "Domain is already reserved and cannot be used");
}

/** Throws if a username is taken. Without an organization, the settings of the instance apply. */
export function checkUsername(store: Store, username: string, organizationId = ""): void {
  if (findNamesake(store, organizationId, username) !== undefined) throw usernameTaken();
}

/** Changes the username. */
export function renameUser(store: Store, user: User, username: string | undefined): void {
  if (username === undefined || username === user.username) return;
  checkUsernameDomain(store, user.resourceOwner, username);
  const other = findNamesake(store, user.resourceOwner, username);
  if (other !== undefined && other !== user) throw usernameTaken();
  user.username = username;
  writeEvents(store, user, { type: "user.username.changed", payload: { userName: username } });
}

function usernameTaken(): Error {
  return zitadelError(Code.AlreadyExists, "V3-DKcYh", "User already exists");
}

/** The error for a user id that is taken. */
export function userExists(id: string): Error {
  return zitadelError(Code.FailedPrecondition, id, "Errors.User.AlreadyExisting");
}

/**
 * Removes a user. Returns it with the sequence in the server's response. Throws an error with the id `unknown` if
 * there is none.
 */
export function removeUser(store: Store, id: string, unknown: string): User {
  const user = store.users.get(id);
  if (user === undefined) throw userNotFound(unknown);
  writeEvents(store, user, { type: "user.removed" });
  store.users.delete(id);
  for (const authorization of [...store.authorizations.values()]) {
    if (authorization.userId === id) removeAuthorization(store, authorization, "cascade");
  }
  for (const administrator of [...store.administrators.values()]) {
    if (administrator.userId === id) removeAdministrator(store, administrator, "cascade");
  }
  for (const group of store.groups.values()) removeGroupUsers(store, group, [id]);
  return { ...user, sequence: store.events.lastSequence };
}

/** Creates a machine without credentials. */
export function newMachine(
  name: string,
  description: string,
  accessTokenType: AccessTokenType = "bearer",
): Machine {
  return { name, description, accessTokenType, secret: undefined, keys: new Map(), tokens: new Map() };
}

/**
 * Finds the user who already has a username, ignoring case. If login names end with a domain, usernames must only be
 * unique in the organization.
 */
export function findNamesake(store: Store, organizationId: string, username: string): User | undefined {
  const wanted = username.toLowerCase();
  const scope = hasDomainSuffix(store, organizationId) ? organizationId : "";
  for (const user of store.users.values()) {
    if (user.username.toLowerCase() !== wanted) continue;
    if ((hasDomainSuffix(store, user.resourceOwner) ? user.resourceOwner : "") === scope) return user;
  }
  return undefined;
}

/** Finds the user to read. Throws if there is none. */
export function readUser(store: Store, id: string): User {
  const user = store.users.get(id);
  if (user === undefined) throw userNotFound("QUERY-Dfbg2");
  return user;
}

/** The error for an unknown user. */
export function userNotFound(id: string): Error {
  return zitadelError(Code.NotFound, id, "User could not be found");
}

export function getDisplayName(user: User): string {
  return user.human?.displayName ?? user.machine?.name ?? user.username;
}
