import type { Command } from "../command.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "../connection/options.ts";
import { ExitCode } from "../exit-code.ts";
import { type ArgumentSpecs, type CommandLine, glanceAt, type OptionSpecs } from "../options.ts";

const OPTIONS = {
  all: { type: "boolean", help: "All pages of a list, each item as a line of JSON, as they come" },
  output: { type: "string", short: "o", value: "json|table", help: "Default: json" },
  columns: {
    type: "string",
    value: "a,b.c",
    help: "The columns of a table. Default: all that have something in them",
  },
  "emit-defaults": {
    type: "boolean",
    help: "Print fields that have their default, such as 0 and false, too",
  },
  ...CALL_OPTIONS,
  header: {
    type: "string",
    multiple: true,
    value: "name: value",
    help: "A header for the call; can be repeated",
  },
  "dry-run": {
    type: "boolean",
    help: "Send nothing; print what would be sent, without the token and other secrets",
  },
  yes: { type: "boolean", short: "y", help: "Do not ask before something is deleted" },
  live: {
    type: "boolean",
    help: "Take the RPC as the instance describes it, with fields that this package may not\nknow. Default: only an RPC that this package does not know",
  },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

const ARGUMENTS = {
  rpc: { help: "Its name, as user.v2.listUsers or zitadel.user.v2.UserService/ListUsers" },
  request: { optional: true, help: "JSON, or @file with JSON, or - for standard input. Default: {}" },
} as const satisfies ArgumentSpecs;

/** What `call` is given. */
export type CallLine = CommandLine<typeof OPTIONS, typeof ARGUMENTS>;

/** The names of options that no field of a request can have. */
export const CALL_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** `zitadel-connect call` */
export const call: Command = {
  description: `Prints the response as JSON, as protobuf maps it. An RPC that this package does not know is looked for in what the instance says of itself.

Fields of the request that are texts, numbers or choices are options too: \`--user-id 123\`, and \`--query.limit 5\`, or \`--limit 5\` where only one field is called so. \`zitadel-connect call <rpc> --help\` shows them. Passwords, tokens and other secrets are taken from files and from standard input alone.

Where somebody sits at the terminal, it asks before it deletes something.`,
  arguments: ARGUMENTS,
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect call user.v2.listUsers --limit 5", help: "The first five users" },
    {
      line: "zitadel-connect call user.v2.listUsers --all | jq -r .userId | head",
      help: "Ids of users, page by page, until head has enough",
    },
    {
      line: `zitadel-connect call user.v2.listUsers '{"queries":[{"typeQuery":{"type":"TYPE_MACHINE"}}]}' -o table`,
      help: "Service users, for people",
    },
    { line: "zitadel-connect call user.v2.getUserByID --user-id 123456789", help: "One user" },
    {
      line: "zitadel-connect call user.v2.setPassword --user-id 123456789 --password @password.txt",
      help: "A secret comes from a file",
    },
    { line: "zitadel-connect call org.v2.addOrganization @acme.json --dry-run", help: "What would be sent" },
  ],
  async explain(args, terminal) {
    const { values, word } = glanceAt(OPTIONS, args);
    if (word === undefined) return false;
    const { printDescription } = await import("../describe/print-description.ts");
    await printDescription(word, values, terminal);
    terminal.out("\n`zitadel-connect call --help` shows the other options.\n");
    return true;
  },
  async run(args, terminal) {
    const { runCall } = await import("../call/run-call.ts");
    await runCall({ options: OPTIONS, arguments: ARGUMENTS, args }, terminal);
    return ExitCode.ok;
  },
};
