import type { Command } from "../command.ts";
import { type ArgumentSpecs, type OptionSpecs, parseCommandLine } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";
import { ExitCode } from "../exit-code.ts";

const OPTIONS = {
  json: { type: "boolean", help: "Print JSON, with everything" },
  live: {
    type: "boolean",
    help: "Use the instance's description of its API. Default: this package's, and the\ninstance's only for what is not found there",
  },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

const ARGUMENTS = {
  name: {
    optional: true,
    help: "A service, RPC, message or enum, or part of a name. Default: all services",
  },
} as const satisfies ArgumentSpecs;

/** `zitadel-connect describe` */
export const describe: Command = {
  description:
    "Shows the documentation, the fields with their types and rules, an example request, the permission that it needs, and what replaces a deprecated RPC.",
  arguments: ARGUMENTS,
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect describe user.v2.listUsers", help: "An RPC" },
    { line: "zitadel-connect describe session", help: "Everything with session in its name" },
    { line: "zitadel-connect describe UserState", help: "The values of an enum" },
    { line: "zitadel-connect describe --live group.v2", help: "A service that only the instance has" },
  ],
  async run(args, terminal) {
    const { values, given } = parseCommandLine(OPTIONS, ARGUMENTS, args);
    const { printDescription } = await import("../describe/print-description.ts");
    await printDescription(given.name, values, terminal);
    return ExitCode.ok;
  },
};

/** `zitadel-connect list` */
export const list: Command = {
  description: "Shows the number of RPCs of each; `zitadel-connect describe <service>` lists them.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect list", help: "" },
    {
      line: "zitadel-connect list --live --json | jq -r '.[].name'",
      help: "With the services that only the instance has",
    },
  ],
  async run(args, terminal) {
    const { values } = parseCommandLine(OPTIONS, {}, args);
    const { printServices } = await import("../describe/print-description.ts");
    await printServices(values, terminal);
    return ExitCode.ok;
  },
};
