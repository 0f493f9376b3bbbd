import type { Command } from "../command.ts";
import { type OptionSpecs, parseOptions } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";
import { resolveConnection } from "../connection/resolve.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";

const OPTIONS = {
  json: { type: "boolean", help: "Print JSON: the token, and when it expires" },
  audience: {
    type: "string",
    multiple: true,
    value: "project id",
    help: "A project whose applications should accept the token too; can be repeated",
  },
  scope: {
    type: "string",
    multiple: true,
    value: "scope",
    help: "An additional scope; can be repeated",
  },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** How long it may take to get a token, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** `zitadel-connect token` */
export const token: Command = {
  description:
    "It is a bearer token, and a secret: whoever has it can act as the service user until it expires. A token from an earlier command is printed again while it is valid.",
  options: OPTIONS,
  examples: [
    {
      line: 'curl -H "Authorization: Bearer $(zitadel-connect token)" $ZITADEL_API_URL/auth/v1/users/me',
      help: "A call of the REST API",
    },
    {
      line: "zitadel-connect token --audience 123456789 --json",
      help: "A token for the applications of a project",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const connection = resolveConnection(values, terminal);
    const { audience: projectIds = [], scope: scopes = [] } = values;
    const isGiven =
      connection.credential.kind === "token-file" || connection.source.includes("SERVICE_USER_TOKEN");
    if (isGiven && (projectIds.length > 0 || scopes.length > 0)) {
      throw new UsageError(
        `--audience and --scope: ${connection.source} is already a token, for Zitadel's API only`,
      );
    }
    const { obtainToken } = await import("../connection/token-source.ts");
    const request = { projectIds, scopes, timeoutMs: TIMEOUT_MS };
    const access = await obtainToken(connection, request, terminal);
    const { expiresAt } = access;
    const expiry = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() };
    const document = { token: access.token, ...expiry };
    terminal.out(values.json === true ? `${JSON.stringify(document, null, 2)}\n` : `${access.token}\n`);
    return ExitCode.ok;
  },
};
