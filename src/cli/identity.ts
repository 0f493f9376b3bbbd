import type { Membership, User } from "../../gen/zitadel/user_pb.js";
import { ZitadelError } from "../errors/zitadel-error.ts";
import { parseTimeout } from "./call/headers.ts";
import { formatRows } from "./command-line.ts";
import type { ConnectionValues } from "./connection/connection-options.ts";
import { createClient } from "./connection/open-client.ts";
import { resolveConnection } from "./connection/resolve.ts";
import { printJson } from "./output/print.ts";
import type { Terminal } from "./terminal.ts";

/** Which user calls which instance. What the user may not see is absent. */
export interface Identity {
  readonly user: {
    readonly id: string;
    readonly loginName: string;
    readonly name: string;
    readonly type: string;
  };
  readonly organization: { readonly id: string; readonly name?: string | undefined };
  readonly roles: readonly Role[];
  readonly instance: {
    readonly url: string;
    readonly id?: string | undefined;
    readonly name?: string | undefined;
    readonly version?: string | undefined;
  };
  /** Where the credential is. */
  readonly credential: string;
}

/** A role, and where it applies. */
export interface Role {
  readonly role: string;
  readonly on: "instance" | "organization" | "project" | "project grant";
  readonly id?: string | undefined;
  readonly name: string;
}

/** Prints which user calls which instance. */
export async function printIdentity(
  values: ConnectionValues & { readonly json?: boolean; readonly timeout?: string },
  terminal: Terminal,
): Promise<void> {
  const identity = await findIdentity(values, terminal, parseTimeout(values.timeout));
  if (values.json === true) return printJson(terminal, identity);
  const { user, organization, roles, instance, credential } = identity;
  const named = (id: string | undefined, name: string | undefined) =>
    name === undefined || name === "" ? (id ?? "") : `${name} (${id})`;
  const rows = [
    {
      left: "user",
      help: `${user.loginName} (${user.id}), ${user.type}${user.name === "" ? "" : `: ${user.name}`}`,
    },
    { left: "organization", help: named(organization.id, organization.name) },
    { left: "roles", help: roles.length === 0 ? "none" : roles.map(describeRole).join("\n") },
    {
      left: "instance",
      help:
        instance.id === undefined ? instance.url : `${instance.url}, ${named(instance.id, instance.name)}`,
    },
    ...(instance.version === undefined ? [] : [{ left: "version", help: instance.version }]),
    { left: "credential", help: credential },
  ];
  terminal.out(`${formatRows(rows).replaceAll(/^ {2}/gm, "")}\n`);
}

function describeRole({ role, on, id, name }: Role): string {
  return on === "instance" ? role : `${role} in the ${on} ${name === "" ? id : `${name} (${id})`}`;
}

/** Finds out which user calls which instance. */
export async function findIdentity(
  values: ConnectionValues,
  terminal: Terminal,
  timeoutMs?: number,
): Promise<Identity> {
  const connection = resolveConnection(values, terminal);
  await using zitadel = createClient(connection, terminal, { timeoutMs });
  const [{ user }, memberships, instance] = await Promise.all([
    zitadel.auth.v1.getMyUser(),
    readIfAllowed(zitadel.auth.v1.listMyMemberships().toArray()),
    readIfAllowed(zitadel.admin.v1.getMyInstance()),
  ]);
  const id = user?.details?.resourceOwner ?? "";
  const organizations = await readIfAllowed(
    zitadel.org.v2
      .listOrganizations({ queries: [{ query: { case: "idQuery", value: { id } } }] })
      .toArray({ limit: 1 }),
  );
  return {
    user: toUser(user),
    organization: { id, name: organizations?.[0]?.name },
    roles: (memberships ?? []).flatMap(toRoles),
    instance: {
      url: connection.url,
      id: instance?.instance?.id,
      name: instance?.instance?.name,
      version: instance?.instance?.version,
    },
    credential: connection.source,
  };
}

function toUser(user: User | undefined): Identity["user"] {
  const isMachine = user?.type.case === "machine";
  const name = user?.type.case === "machine" ? user.type.value.name : user?.type.value?.profile?.displayName;
  return {
    id: user?.id ?? "",
    loginName: user?.preferredLoginName ?? "",
    name: name ?? "",
    type: isMachine ? "service user" : "human user",
  };
}

const LEVELS = {
  iam: "instance",
  orgId: "organization",
  projectId: "project",
  projectGrantId: "project grant",
} as const;

function toRoles({ roles, type, displayName }: Membership): Role[] {
  if (type.case === undefined) return [];
  const on = LEVELS[type.case];
  const id = typeof type.value === "string" ? type.value : undefined;
  return roles.map((role) => ({ role, on, id, name: displayName }));
}

/** Reads something; undefined if the server refuses, because the user may not see it or the server does not know it. */
async function readIfAllowed<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof ZitadelError && error.origin === "server") return undefined;
    throw error;
  }
}
