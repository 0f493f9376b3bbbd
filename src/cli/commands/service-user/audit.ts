import type { AuditReport, AuditRule } from "../../../service-users/audit.ts";
import type { Command } from "../../command.ts";
import { type OptionSpecs, parseChoice, parseOptions } from "../../command-line.ts";
import { CONNECTION_OPTIONS, type ConnectionValues } from "../../connection/connection-options.ts";
import { resolveConnection } from "../../connection/resolve.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import type { Terminal } from "../../terminal.ts";
import { toSarif } from "./sarif.ts";
import { parseCount, toPath } from "./service-user-options.ts";

/** The rules in `AUDIT_RULES`, repeated here so that help does not have to load them. The compiler reports a missing one. */
const RULE_NAMES: Record<AuditRule, true> = {
  "iam-owner": true,
  "no-expiry": true,
  "old-credential": true,
  "unused-credential": true,
  "personal-access-token": true,
  "key-file-mode": true,
};
// Its type has these keys and no others.
const RULES = Object.keys(RULE_NAMES) as AuditRule[];

const OPTIONS = {
  user: { type: "string", multiple: true, value: "name", help: "Only this user; can be repeated" },
  organization: { type: "string", value: "id", help: "Only users of this organization" },
  file: {
    type: "string",
    multiple: true,
    value: "file",
    help: "A credential file whose mode to check; can be repeated. The connection's own\nfile is always checked",
  },
  "max-age": { type: "string", value: "days", help: "The age at which a credential is old. Default: 90" },
  unused: {
    type: "string",
    value: "days",
    help: "The time without use after which a credential is unused. Default: 90",
  },
  ignore: {
    type: "string",
    multiple: true,
    value: "rule",
    help: `A rule to leave out; can be repeated: ${RULES.slice(0, 3).join(", ")},\n${RULES.slice(3).join(", ")}`,
  },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  sarif: { type: "boolean", help: "Print SARIF 2.1.0, for code scanning" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user audit` */
export const audit: Command = {
  description:
    "Reports credentials that never expire, are older than 90 days or unused for 90 days, personal access tokens where keys " +
    "would do, service users that are IAM_OWNER, and files that others can read. Exits with 0 if there is nothing to " +
    "report, otherwise with 3.\n\n" +
    "Covers what you may see: everything with IAM_OWNER_VIEWER, only your own user without a role.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect service-user audit --ignore personal-access-token", help: "In CI, once a week" },
    { line: "zitadel-connect service-user audit --sarif > audit.sarif", help: "For GitHub's code scanning" },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const options = {
      usernames: values.user,
      organizationId: values.organization,
      files: [
        ...findOwnFiles(values, terminal),
        ...(values.file ?? []).map((file) => toPath(file, terminal)),
      ],
      maxAgeDays: parseCount("max-age", values["max-age"], 1),
      unusedDays: parseCount("unused", values.unused, 1),
      ignore: values.ignore?.flatMap((rule) => parseChoice("ignore", RULES, rule) ?? []),
    };
    const { openClient } = await import("../../connection/open-client.ts");
    const { auditServiceUsers } = await import("../../../service-users/audit.ts");
    await using zitadel = openClient(values, terminal);
    const report = await auditServiceUsers(zitadel, options);
    if (values.sarif === true) printJson(terminal, await toSarif(report));
    else if (values.json === true) printJson(terminal, report);
    else show(terminal, report);
    return report.findings.length === 0 ? ExitCode.ok : ExitCode.different;
  },
};

/** The file of the connection's credential, if it is in a file. */
function findOwnFiles(values: ConnectionValues, terminal: Terminal): string[] {
  const { credential } = resolveConnection(values, terminal);
  if (credential.kind !== "environment") return [credential.file];
  const names = ["ZITADEL_KEY_FILE", "ZITADEL_SERVICE_USER_TOKEN_FILE"];
  return credential.variables
    .filter((name) => names.includes(name))
    .map((name) => toPath(terminal.env[name] ?? "", terminal));
}

function show(terminal: Terminal, { findings, users, notes }: AuditReport): void {
  for (const { rule, message, fix } of findings) {
    terminal.out({ text: rule, style: "yellow" }, `  ${message}\n    → ${fix}\n`);
  }
  for (const note of notes) terminal.err(`${note}.\n`);
  const looked = users === 1 ? "1 service user" : `${users} service users`;
  const found = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  terminal.out(`${found} about ${looked}.\n`);
}
