import type { Command } from "../command.ts";
import { parseOptions } from "../command-line.ts";
import { LOGIN_OPTIONS } from "../connection/login-options.ts";
import { ExitCode } from "../exit-code.ts";

/** `zitadel-connect login` */
export const login: Command = {
  description:
    "Signs in to check that it works, then stores the url and the path of the credential's file, not the credential itself. Takes what is not given from the environment, or asks for it.",
  options: LOGIN_OPTIONS,
  examples: [
    {
      line: "zitadel-connect login --profile prod --url https://acme.zitadel.cloud --key-file ~/keys/prod.json",
      help: "Then: zitadel-connect whoami --profile prod, or ZITADEL_PROFILE=prod",
    },
    {
      line: "zitadel-connect login --url http://localhost:8080 --token-file admin.pat",
      help: "As the profile default",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(LOGIN_OPTIONS, args);
    const { logIn } = await import("../connection/log-in.ts");
    await logIn(values, terminal);
    return ExitCode.ok;
  },
};
