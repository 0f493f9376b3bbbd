import type { Command } from "../command.ts";
import { type OptionSpecs, parseOptions } from "../command-line.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "../connection/connection-options.ts";
import { ExitCode } from "../exit-code.ts";

const OPTIONS = {
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  timeout: CALL_OPTIONS.timeout,
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect whoami` */
export const whoami: Command = {
  description:
    "Shows the user, its organization, its roles, and the instance. Leaves out what the user may not see.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect whoami --profile prod", help: "Before changing something there" },
    { line: "zitadel-connect whoami --json | jq -r .user.id", help: "The id of the service user" },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const { printIdentity } = await import("../identity.ts");
    await printIdentity(values, terminal);
    return ExitCode.ok;
  },
};
