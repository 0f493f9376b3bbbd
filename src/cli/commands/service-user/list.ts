import type {
  ServiceUserCredential,
  ServiceUserList,
  ServiceUserSummary,
} from "../../../service-users/list-service-users.ts";
import type { LastUse } from "../../../service-users/usage.ts";
import type { Command } from "../../command.ts";
import { type OptionSpecs, parseOptions } from "../../command-line.ts";
import { CONNECTION_OPTIONS } from "../../connection/connection-options.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import { printTable } from "../../output/table.ts";
import type { Terminal } from "../../terminal.ts";
import { parseCount } from "./service-user-options.ts";

const OPTIONS = {
  user: { type: "string", multiple: true, value: "name", help: "Only this user; can be repeated" },
  organization: { type: "string", value: "id", help: "Only users of this organization" },
  usage: { standard: true, type: "boolean", help: "Do not look up in the events when credentials were used" },
  "usage-days": { type: "string", value: "days", help: "How far back to look. Default: 90" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user list` */
export const list: Command = {
  description:
    "Lists service users with their roles, and with the age, expiry and last use of each key, secret and personal access " +
    "token. A use is a request for a token: a running program makes one every 12 hours. A ~ before the date means that it " +
    "was this key or another one of the user, which events do not distinguish. Zitadel does not record uses of personal " +
    "access tokens.\n\n" +
    "Shows what you may see: everything with IAM_OWNER_VIEWER, only your own user without a role. Seeing last uses needs events.read.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect service-user list", help: "A row for each credential" },
    {
      line: "zitadel-connect service-user list --json | jq '.users[] | select(.credentials == [])'",
      help: "Service users that cannot sign in",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const options = {
      usernames: values.user,
      organizationId: values.organization,
      usage: values.usage,
      usageDays: parseCount("usage-days", values["usage-days"], 1),
    };
    const { openClient } = await import("../../connection/open-client.ts");
    const { listServiceUsers } = await import("../../../service-users/list-service-users.ts");
    await using zitadel = openClient(values, terminal);
    const listed = await listServiceUsers(zitadel, options);
    if (values.json === true) printJson(terminal, listed);
    else show(terminal, listed, values.usage !== false);
    return ExitCode.ok;
  },
};

function show(terminal: Terminal, listed: ServiceUserList, isUsageWanted: boolean): void {
  const { users, usageSince, rolesKnown, callerId } = listed;
  if (users.length === 0) {
    terminal.err("There are no such service users that you may see.\n");
    return;
  }
  printTable(terminal, {
    columns: ["user", "roles", "credential", "id", "age", "expires", "last use"],
    rows: users.flatMap((user) => toRows(user, rolesKnown === "all" || user.userId === callerId)),
  });
  if (rolesKnown !== "all" && users.some(({ userId }) => userId !== callerId)) {
    const takes = { organization: "iam.member.read", own: "org.member.read and iam.member.read" }[rolesKnown];
    terminal.err(`Not all roles of other users are known: seeing them needs ${takes} (IAM_OWNER_VIEWER).\n`);
  }
  if (usageSince === undefined && isUsageWanted) {
    terminal.err("Last uses are not known: reading events needs events.read (IAM_OWNER_VIEWER).\n");
  }
}

function toRows(user: ServiceUserSummary, areRolesKnown: boolean): string[][] {
  const { username, isActive, memberships, credentials } = user;
  const name = isActive ? username : `${username} (inactive)`;
  const roles = memberships.flatMap((one) => one.roles).join(", ") || (areRolesKnown ? "none" : "?");
  if (credentials.length === 0) return [[name, roles, "none"]];
  return credentials.map((credential) => [name, roles, ...toCells(credential)]);
}

function toCells({ method, id = "", createdAt, expiresAt, lastUse }: ServiceUserCredential): string[] {
  return [
    method,
    id,
    createdAt === undefined ? "?" : `${countDays(createdAt, new Date())}d`,
    expiresAt === undefined ? "never" : toDay(expiresAt),
    toText(lastUse),
  ];
}

function toText(lastUse: LastUse): string {
  switch (lastUse.kind) {
    case "exact":
      return toMinute(lastUse.at);
    case "shared":
      return `~ ${toMinute(lastUse.at)}`;
    case "none":
      return `not since ${toDay(lastUse.since)}`;
    case "unknown":
      return "?";
  }
}

function countDays(a: Date, b: Date): number {
  return Math.floor((b.getTime() - a.getTime()) / (24 * 3_600_000));
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function toMinute(date: Date): string {
  return date.toISOString().slice(0, 16).replace("T", " ");
}
