import type { Command } from "../command.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "../connection/options.ts";
import { ExitCode } from "../exit-code.ts";
import { type OptionSpecs, type OptionValues, parseOptions } from "../options.ts";

const { profile, cache: _, ...connection } = CONNECTION_OPTIONS;

const OPTIONS = {
  organization: {
    ...CALL_OPTIONS.organization,
    help: "The organization in whose context calls are made. Default: the user's own",
  },
  verify: { type: "boolean", standard: true, help: "Do not try whether the credential works" },
  ...connection,
  profile: {
    ...profile,
    help: "The name to store it under. Default: default, which is used where nothing else is named",
  },
} as const satisfies OptionSpecs;

/** What `login` is given. */
export type LoginValues = OptionValues<typeof OPTIONS>;

/** `zitadel-connect login` */
export const login: Command = {
  description:
    "It signs in to see that it works, and stores the url and the path of the file: the credential stays where it is. What is not given is asked for, or taken from the environment.",
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect login --profile prod --url https://acme.zitadel.cloud --key-file ~/keys/prod.json",
      help: "Then: zitadel-connect whoami --profile prod, or ZITADEL_PROFILE=prod",
    },
    {
      line: "zitadel-connect login --url http://localhost:8080 --token-file admin.pat",
      help: "The profile default",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const { logIn } = await import("../connection/log-in.ts");
    await logIn(values, terminal);
    return ExitCode.ok;
  },
};
