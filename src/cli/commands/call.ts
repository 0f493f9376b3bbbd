import { CALL_ARGUMENTS, CALL_COMMAND_OPTIONS } from "../call/call-options.ts";
import type { Command } from "../command.ts";
import { glanceAt } from "../command-line.ts";
import { ExitCode } from "../exit-code.ts";

/** `zitadel-connect call` */
export const call: Command = {
  description: `Prints the response as JSON, in protobuf's mapping. An RPC that this package does not know is looked up on the instance, which describes its own API.

Fields of the request that are strings, numbers or enums are options too: \`--user-id 123\`, and \`--query.limit 5\`, or \`--limit 5\` if only one field has that name. \`zitadel-connect call <rpc> --help\` shows them. Passwords, tokens and other secrets are read only from files and standard input.

At a terminal, it asks before deleting something.`,
  arguments: CALL_ARGUMENTS,
  options: CALL_COMMAND_OPTIONS,
  examples: [
    { line: "zitadel-connect call user.v2.listUsers --limit 5", help: "The first five users" },
    {
      line: "zitadel-connect call user.v2.listUsers --all | jq -r .userId | head",
      help: "The ids of users, page by page, until head has enough",
    },
    {
      line: `zitadel-connect call user.v2.listUsers '{"queries":[{"typeQuery":{"type":"TYPE_MACHINE"}}]}' -o table`,
      help: "Service users, as a table",
    },
    { line: "zitadel-connect call user.v2.getUserByID --user-id 123456789", help: "One user" },
    {
      line: "zitadel-connect call user.v2.setPassword --user-id 123456789 --password @password.txt",
      help: "A secret, from a file",
    },
    { line: "zitadel-connect call org.v2.addOrganization @acme.json --dry-run", help: "What would be sent" },
  ],
  async explain(args, terminal) {
    const { values, word } = glanceAt(CALL_COMMAND_OPTIONS, args);
    if (word === undefined) return false;
    const { printDescription } = await import("../describe/print-description.ts");
    await printDescription(word, values, terminal);
    terminal.out("\n`zitadel-connect call --help` shows the other options.\n");
    return true;
  },
  async run(args, terminal) {
    const { runCall } = await import("../call/run-call.ts");
    await runCall(args, terminal);
    return ExitCode.ok;
  },
};
