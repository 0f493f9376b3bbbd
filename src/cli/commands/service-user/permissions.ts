import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { PermissionReport } from "../../../service-users/permission-report.ts";
import type { Command } from "../../command.ts";
import { type OptionSpecs, parseOptions } from "../../command-line.ts";
import { CONNECTION_OPTIONS } from "../../connection/connection-options.ts";
import { UsageError } from "../../errors.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import { printTable } from "../../output/table.ts";
import type { Terminal } from "../../terminal.ts";
import { toPath } from "./service-user-options.ts";

const OPTIONS = {
  "from-log": {
    type: "string",
    multiple: true,
    value: "file",
    help: 'A log in lines of JSON, or "-" for standard input; can be repeated',
  },
  user: { type: "string", value: "name", help: "The user whose roles to compare. Default: whoever signs in" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user permissions` */
export const permissions: Command = {
  description:
    "Reports on least privilege: reads which RPCs a program calls, and compares the permissions that they need with the " +
    "roles of its service user. A log has the calls if the client's `logger` writes lines of JSON at the level debug. A running " +
    "program can also count them with `countCalls()` of zitadel-connect/service-users: its toNdjson() is accepted too. Exits " +
    "with 3 if a role could be dropped or replaced by a lower one.\n\n" +
    "Needs no role for your own user; --user needs user.read, and org.member.read or iam.member.read.",
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect service-user permissions --from-log app.ndjson --key-file service-user.json",
      help: "As the service user itself",
    },
    {
      line: "kubectl logs deploy/app | zitadel-connect service-user permissions --from-log - --user robot",
      help: "As somebody who may see its roles",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const logs = values["from-log"] ?? [];
    if (logs.length === 0) throw new UsageError('--from-log is missing: the path of a log, or "-"');
    const calls = await readLogs(logs, terminal);
    const { openClient } = await import("../../connection/open-client.ts");
    const { reportPermissions } = await import("../../../service-users/permission-report.ts");
    await using zitadel = openClient(values, terminal);
    const report = await reportPermissions(zitadel, { calls, username: values.user });
    if (values.json === true) printJson(terminal, report);
    else show(terminal, report);
    return isLeast(report) ? ExitCode.ok : ExitCode.different;
  },
};

async function readLogs(logs: readonly string[], terminal: Terminal): Promise<Map<string, number>> {
  const { readCallLog } = await import("../../../service-users/read-call-log.ts");
  const { unreadable } = await import("../../../shared/option-file.ts");
  const calls = new Map<string, number>();
  for (const log of logs) {
    const path = toPath(log, terminal);
    const lines =
      log === "-" ? (await terminal.readInput()).split("\n") : createInterface(createReadStream(path));
    const found = await readCallLog(lines).catch((error: unknown) => {
      throw unreadable({ option: "--from-log", path: log, directory: terminal.directory }, error);
    });
    for (const [method, count] of found) calls.set(method, (calls.get(method) ?? 0) + count);
  }
  if (calls.size > 0) return calls;
  throw new UsageError(
    "--from-log has no calls of this package's clients: the logger must write lines of JSON at the level debug",
  );
}

/** Whether the user has exactly the roles that suffice. */
function isLeast({ roles, least }: PermissionReport): boolean {
  const held = roles.map(({ role }) => role).toSorted();
  return (
    roles.every(({ isSuperfluous }) => isSuperfluous !== true) &&
    held.join() ===
      least
        .map(({ role }) => role)
        .toSorted()
        .join()
  );
}

function show(terminal: Terminal, report: PermissionReport): void {
  const { username, rpcs, roles, least } = report;
  printTable(terminal, {
    columns: ["calls", "rpc", "takes"],
    rows: rpcs.map(({ method, calls, permissions: takes, isKnown }) => {
      const text = isKnown ? takes.join(" or ") || "nothing, or it is not documented" : "not known here";
      return [String(calls), method, text];
    }),
  });
  terminal.out(`\n${username} has ${roles.length === 0 ? "no roles." : "these roles:"}\n`);
  for (const { role, place, needed, beyond, isSuperfluous } of roles) {
    const verdict = isSuperfluous === true ? ", which it does not need" : "";
    terminal.out(`  ${role} (${place.level})${verdict}\n`);
    terminal.out(`    needed: ${needed.join(", ") || "nothing"}\n    beyond: ${summarize(beyond)}\n`);
  }
  const enough = least.map(({ role, level }) => `${role} (${level})`).join(" and ");
  const nothing = report.needed.length === 0 ? "no role, as far as is known" : "no default role of Zitadel";
  terminal.out(`\nEnough: ${enough || nothing}.\n`);
}

const SHOWN = 8;

function summarize(all: readonly string[]): string {
  if (all.length === 0) return "nothing";
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more (--json has all)` : "";
  return `${all.slice(0, SHOWN).join(", ")}${more}`;
}
