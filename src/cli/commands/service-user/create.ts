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
  oneOf,
  parseCommandLine,
} from "../../command-line.ts";
import { CONNECTION_OPTIONS } from "../../connection/connection-options.ts";
import { UsageError } from "../../errors.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import type { Terminal } from "../../terminal.ts";
import { interruptible, withServiceUserErrors } from "./failures.ts";
import { openCommandStore, parseExpiry, STORE_OPTIONS, toPath } from "./service-user-options.ts";

const ARGUMENTS = {
  username: { help: "The user name, by which a second run finds it again" },
} as const satisfies ArgumentSpecs;

const OPTIONS = {
  role: {
    type: "string",
    multiple: true,
    value: "role",
    help:
      "What it may do, such as ORG_USER_MANAGER; may be repeated. `service-user permissions`\n" +
      "finds the least. Default: none, with which it may manage its own credentials",
  },
  method: {
    type: "string",
    value: "key|secret|pat",
    help: "How it authenticates. Default: key, which is what to choose in production",
  },
  out: { type: "string", value: "file", help: "Where to write the credential, with mode 0600" },
  ...STORE_OPTIONS,
  expires: {
    type: "string",
    value: "days|date",
    help: "When the key or token expires: 90d, 2027-01-31. Default: in 365 days",
  },
  organization: { type: "string", value: "id", help: "Where it belongs to. Default: where you do" },
  project: { type: "string", value: "id", help: "The project in which PROJECT_ roles hold" },
  name: { type: "string", value: "text", help: "For people. Default: the user name" },
  description: { type: "string", value: "text", help: "For people" },
  "dry-run": { type: "boolean", help: "Say what would be done and what it takes, and do nothing" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user create` */
export const create: Command = {
  description:
    "Creates the user, gives it the roles, adds a credential, signs in with it and writes it to a file, or hands it " +
    "to a command. Says first what each step takes, and does nothing where you may not do all of them. Where a step " +
    "fails, what was done is taken back. Run again, it does what is still to be done.\n\n" +
    "It takes ORG_USER_MANAGER, and to give roles ORG_OWNER (of an organization) or IAM_OWNER (of the instance).",
  arguments: ARGUMENTS,
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect service-user create robot --role ORG_USER_MANAGER --out service-user.json",
      help: "A service user with a key file, for ZITADEL_KEY_FILE",
    },
    {
      line: 'zitadel-connect service-user create robot \\\n  --write-with "vault kv put -mount=secret robot key=-"',
      help: "The same without a file",
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
      interruptible(async (signal) => {
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

/** Why nothing is done after the plan. */
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
    throw new UsageError("Where to put the credential? Give --out, or --write-with");
  }
  const method = oneOf("method", ["key", "secret", "pat"], values.method);
  const expirationDate = parseExpiry(values.expires);
  if (method === "secret" && expirationDate !== undefined) {
    throw new UsageError("--expires: a client secret never expires; take --method key");
  }
  const common = { username, roles: role, projectId: project, name, description, method, expirationDate };
  const place = store === undefined ? { file: toPath(out ?? "", terminal) } : { store };
  return { ...common, ...place, organizationId: organization };
}

function showPlan(terminal: Terminal, steps: readonly ServiceUserStep[], username: string): void {
  if (steps.length === 0) return;
  const lines = steps.map(({ description, permission, roles }) => {
    const takes = permission === undefined ? "" : `\n      takes ${permission}: ${roles}`;
    return `  - ${description}${takes}\n`;
  });
  terminal.err(`To have the service user ${JSON.stringify(username)}:\n${lines.join("")}`);
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
    unchanged: `${loginName} (${userId}) is there, and its credential works`,
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
