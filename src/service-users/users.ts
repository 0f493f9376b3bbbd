import { timestampDate } from "@bufbuild/protobuf/wkt";
import { AuthService } from "../../gen/zitadel/auth_pb.js";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import { TextQueryMethod } from "../../gen/zitadel/object/v2/object_pb.js";
import { TextQueryMethod as TextQueryMethodV1 } from "../../gen/zitadel/object_pb.js";
import { Type } from "../../gen/zitadel/user/v2/query_pb.js";
import type { User } from "../../gen/zitadel/user/v2/user_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { Type as TypeV1, type User as UserV1 } from "../../gen/zitadel/user_pb.js";
import { isNotFound } from "../errors/guards.ts";
import type { ServiceUserManager } from "./manager.ts";
import { withFallback } from "./with-fallback.ts";

/** A user of any kind, with the properties that matter for service users. */
export interface FoundUser {
  readonly userId: string;
  readonly username: string;
  /** The client id for client credentials. */
  readonly loginName: string;
  readonly organizationId: string;
  readonly createdAt: Date | undefined;
  readonly isMachine: boolean;
  readonly isActive: boolean;
  readonly hasSecret: boolean;
}

/** The properties of a new service user. */
export interface NewUser {
  readonly organizationId: string;
  readonly username: string;
  readonly name: string;
  readonly description: string | undefined;
}

/** The user as which the client calls. */
export async function readCaller(zitadel: ServiceUserManager): Promise<FoundUser> {
  const { user } = await zitadel.client(AuthService).getMyUser({});
  if (user === undefined) throw new Error("Zitadel does not say who calls");
  return parseV1(user);
}

/** The user with a name in an organization, or in any that the caller may see. */
export async function findUser(
  zitadel: ServiceUserManager,
  username: string,
  organizationId?: string,
): Promise<FoundUser | undefined> {
  const users = await withFallback(
    async () => {
      const method = TextQueryMethod.EQUALS;
      const byName = { query: { case: "userNameQuery" as const, value: { userName: username, method } } };
      const queries = [byName, ...toOrganizationQuery(organizationId)];
      return (await zitadel.client(UserService).listUsers({ queries })).result.map(parseV2);
    },
    async () => {
      const method = TextQueryMethodV1.EQUALS;
      const byName = { query: { case: "userNameQuery" as const, value: { userName: username, method } } };
      const management = withOrganization(zitadel, organizationId).client(ManagementService);
      return (await management.listUsers({ queries: [byName] })).result.map(parseV1);
    },
  );
  return users.find((user) => user.username === username);
}

/** The user with a login name. */
export async function findUserByLoginName(
  zitadel: ServiceUserManager,
  loginName: string,
): Promise<FoundUser | undefined> {
  const users = await withFallback(
    async () => {
      const value = { loginName, method: TextQueryMethod.EQUALS };
      const queries = [{ query: { case: "loginNameQuery" as const, value } }];
      return (await zitadel.client(UserService).listUsers({ queries })).result.map(parseV2);
    },
    async () => {
      const value = { loginName, method: TextQueryMethodV1.EQUALS };
      const queries = [{ query: { case: "loginNameQuery" as const, value } }];
      return (await zitadel.client(ManagementService).listUsers({ queries })).result.map(parseV1);
    },
  );
  return users[0];
}

function toOrganizationQuery(organizationId: string | undefined) {
  if (organizationId === undefined) return [];
  return [{ query: { case: "organizationIdQuery" as const, value: { organizationId } } }];
}

/** The user with an id. */
export async function readUser(zitadel: ServiceUserManager, userId: string): Promise<FoundUser | undefined> {
  try {
    return await withFallback(
      async () => {
        const { user } = await zitadel.client(UserService).getUserByID({ userId });
        return user && parseV2(user);
      },
      async () => {
        const { user } = await zitadel.client(ManagementService).getUserByID({ id: userId });
        return user && parseV1(user);
      },
    );
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** All service users of an organization, or of all organizations that the caller may see. */
export async function listMachines(
  zitadel: ServiceUserManager,
  organizationId: string | undefined,
): Promise<FoundUser[]> {
  return await withFallback(
    async () => {
      const machines = { query: { case: "typeQuery" as const, value: { type: Type.MACHINE } } };
      const queries = [machines, ...toOrganizationQuery(organizationId)];
      const found: FoundUser[] = [];
      for await (const user of zitadel.client(UserService).listUsers({ queries })) found.push(parseV2(user));
      return found;
    },
    async () => {
      const machines = { query: { case: "typeQuery" as const, value: { type: TypeV1.MACHINE } } };
      const management = withOrganization(zitadel, organizationId).client(ManagementService);
      const found: FoundUser[] = [];
      for await (const user of management.listUsers({ queries: [machines] })) found.push(parseV1(user));
      return found;
    },
  );
}

/** Creates a service user. Resolves to its id. */
export async function createMachine(zitadel: ServiceUserManager, user: NewUser): Promise<string> {
  const { organizationId, username, name, description } = user;
  return await withFallback(
    async () => {
      // The server refuses an empty description.
      const value = description === undefined ? { name } : { name, description };
      const userType = { case: "machine" as const, value };
      return (await zitadel.client(UserService).createUser({ organizationId, username, userType })).id;
    },
    async () => {
      const management = zitadel.withOrganization(organizationId).client(ManagementService);
      return (await management.addMachineUser({ userName: username, name, description: description ?? "" }))
        .userId;
    },
  );
}

/** Deletes a user, unless it is already gone. */
export async function deleteUser(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Pick<FoundUser, "userId" | "organizationId">,
): Promise<void> {
  await ignoreGone(() =>
    withFallback<unknown>(
      () => zitadel.client(UserService).deleteUser({ userId }),
      () => zitadel.withOrganization(organizationId).client(ManagementService).removeUser({ id: userId }),
    ),
  );
}

/** Removes something that may already be gone. */
export async function ignoreGone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The same client, in the context of an organization if one is given. */
export function withOrganization(
  zitadel: ServiceUserManager,
  organizationId: string | undefined,
): ServiceUserManager {
  return organizationId === undefined ? zitadel : zitadel.withOrganization(organizationId);
}

/** The state of a user that may sign in, in both versions of the API. */
const ACTIVE = 1;

function parseV2({ userId, username, preferredLoginName, details, state, type }: User): FoundUser {
  return {
    userId,
    username,
    loginName: preferredLoginName,
    organizationId: details?.resourceOwner ?? "",
    createdAt: toOptionalDate(details?.creationDate),
    isMachine: type.case === "machine",
    isActive: Number(state) === ACTIVE,
    hasSecret: type.case === "machine" && type.value.hasSecret,
  };
}

function parseV1({ id, userName, preferredLoginName, details, state, type }: UserV1): FoundUser {
  return {
    userId: id,
    username: userName,
    loginName: preferredLoginName,
    organizationId: details?.resourceOwner ?? "",
    createdAt: toOptionalDate(details?.creationDate),
    isMachine: type.case === "machine",
    isActive: Number(state) === ACTIVE,
    hasSecret: type.case === "machine" && type.value.hasSecret,
  };
}

function toOptionalDate(time: Parameters<typeof timestampDate>[0] | undefined): Date | undefined {
  return time === undefined ? undefined : timestampDate(time);
}
