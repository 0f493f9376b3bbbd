import type {
  CreatedServiceUser,
  CreateServiceUserOptions,
} from "../../../service-users/create-service-user.ts";
import type { ServiceUserStep } from "../../../service-users/steps.ts";
import type { Command } from "../../command.ts";
import {
  type ArgumentSpecs,
  type OptionSpecs,
  type OptionValues,
  parseChoice,
  parseCommandLine,
} from "../../command-line.ts";
import { CONNECTION_OPTIONS } from "../../connection/connection-options.ts";
import { UsageError } from "../../errors.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import type { Terminal } from "../../terminal.ts";
import { runInterruptible, withServiceUserErrors } from "./failures.ts";
import { openCommandStore, parseExpiry, STORE_OPTIONS, toPath } from "./service-user-options.ts";

const ARGUMENTS = {
  username: { help: "The user name, by which another run finds the user again" },
} as const satisfies ArgumentSpecs;

const OPTIONS = {
  role: {
    type: "string",
    multiple: true,
    value: "role",
    help:
      "Its role, such as ORG_USER_MANAGER; can be repeated. `service-user permissions`\n" +
      "finds the lowest. Default: none, which allows it to manage only its own credentials",
  },
  method: {
    type: "string",
    value: "key|secret|pat",
    help: "How it authenticates. Default: key, the right choice for production",
  },
  out: { type: "string", value: "file", help: "Where to write the credential, with mode 0600" },
  ...STORE_OPTIONS,
  expires: {
    type: "string",
    value: "days|date",
    help: "When the key or token expires: 90d, 2027-01-31. Default: in 365 days",
  },
  organization: { type: "string", value: "id", help: "The organization that it belongs to. Default: yours" },
  project: { type: "string", value: "id", help: "The project that PROJECT_ roles are for" },
  name: { type: "string", value: "text", help: "Its display name. Default: the user name" },
  description: { type: "string", value: "text", help: "A description, for display" },
  "dry-run": {
    type: "boolean",
    help: "Print what would be done and the permissions that this needs, and do nothing",
  },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user create` */
export const create: Command = {
  description:
    "Creates the user, grants the roles, adds a credential, signs in with it, and writes it to a file or pipes it " +
    "to a command. First checks that you may do every step, and does nothing otherwise. If a step " +
    "fails, the earlier ones are undone. A second run does only what is missing.\n\n" +
    "You need ORG_USER_MANAGER and, to grant roles, ORG_OWNER (in an organization) or IAM_OWNER (on the instance).",
  arguments: ARGUMENTS,
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect service-user create robot --role ORG_USER_MANAGER --out service-user.json",
      help: "A service user with a key file, for ZITADEL_KEY_FILE",
    },
    {
      line: 'zitadel-connect service-user create robot \\\n  --write-with "vault kv put -mount=secret robot key=-"',
      help: "The same, without a file",
    },
  ],
  async run(args, terminal) {
    const { values, given } = parseCommandLine(OPTIONS, ARGUMENTS, args);
    const options = await toOptions(values, terminal, given.username);
    const { openClient } = await import("../../connection/open-client.ts");
    await using zitadel = openClient(values, terminal);
    const { createServiceUser } = await import("../../../service-users/create-service-user.ts");
    const isDry = values["dry-run"] === true;
    const created = await withServiceUserErrors(() =>
      runInterruptible(async (signal) => {
        try {
          return await createServiceUser(zitadel, {
            ...options,
            signal: isDry ? AbortSignal.abort(DRY_RUN) : signal,
            onPlan: (steps) => showPlan(terminal, steps, given.username),
            onStep: ({ description }) => terminal.status(`Done: ${description}`),
          });
        } catch (error) {
          if (error === DRY_RUN) return undefined;
          throw error;
        }
      }),
    );
    if (created === undefined) terminal.err("Nothing was done (--dry-run).\n");
    else show(terminal, created, values);
    return ExitCode.ok;
  },
};

/** Why nothing is done after printing the plan. */
const DRY_RUN = new Error("dry run");

type Values = OptionValues<typeof OPTIONS>;

async function toOptions(
  values: Values,
  terminal: Terminal,
  username: string,
): Promise<CreateServiceUserOptions> {
  const { out, role, project, name, description, organization } = values;
  const store = await openCommandStore(values, terminal);
  if ((out === undefined) === (store === undefined)) {
    throw new UsageError("Where should the credential go? Give --out or --write-with");
  }
  const method = parseChoice("method", ["key", "secret", "pat"], values.method);
  const expirationDate = parseExpiry(values.expires);
  if (method === "secret" && expirationDate !== undefined) {
    throw new UsageError("--expires: a client secret never expires; use --method key");
  }
  const common = { username, roles: role, projectId: project, name, description, method, expirationDate };
  const place = store === undefined ? { file: toPath(out ?? "", terminal) } : { store };
  return { ...common, ...place, organizationId: organization };
}

function showPlan(terminal: Terminal, steps: readonly ServiceUserStep[], username: string): void {
  if (steps.length === 0) return;
  const lines = steps.map(({ description, permission, roles }) => {
    const takes = permission === undefined ? "" : `\n      requires ${permission}: ${roles}`;
    return `  - ${description}${takes}\n`;
  });
  terminal.err(`To create the service user ${JSON.stringify(username)}:\n${lines.join("")}`);
}

function show(terminal: Terminal, created: CreatedServiceUser, values: Values): void {
  if (values.json === true) {
    printJson(terminal, created);
    return;
  }
  const { userId, loginName, method, outcome, expirationDate } = created;
  const done = {
    created: `Created ${loginName} (${userId})`,
    completed: `Completed ${loginName} (${userId})`,
    unchanged: `${loginName} (${userId}) exists, and its credential works`,
  }[outcome];
  const until = expirationDate === undefined ? "" : `, until ${expirationDate.toISOString().slice(0, 10)}`;
  terminal.out(`${done}${until}.\n`);
  const { out } = values;
  if (out === undefined) return;
  const use = {
    key: `ZITADEL_KEY_FILE=${out}`,
    secret: `--client-id ${loginName} --client-secret-file ${out}`,
    pat: `ZITADEL_SERVICE_USER_TOKEN_FILE=${out}`,
  }[method];
  terminal.out(`Use it: ${use}\n`);
}
