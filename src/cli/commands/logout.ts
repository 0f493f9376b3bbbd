import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "../command.ts";
import { type OptionSpecs, parseOptions } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";
import { findCacheFolder } from "../connection/folders.ts";
import { DEFAULT_PROFILE, findProfile, isProfileName, removeProfile } from "../connection/profiles.ts";
import { findTokenFolder } from "../connection/resolve.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";

const OPTIONS = {
  profile: {
    ...CONNECTION_OPTIONS.profile,
    group: "Options",
    help: "Its name. Default: ZITADEL_PROFILE, else default",
  },
  all: {
    type: "boolean",
    help: "Delete all tokens, of all profiles and of the environment; keep the profiles",
  },
} as const satisfies OptionSpecs;

/** `zitadel-connect logout` */
export const logout: Command = {
  description:
    "The credential itself stays valid: to revoke it, remove the key or token in Zitadel. To delete tokens obtained with a credential from the environment, use --all.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect logout --profile prod", help: "" },
    {
      line: "zitadel-connect logout --all",
      help: "At the end of a CI job on a machine that will be reused",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const { env } = terminal;
    if (values.all === true) {
      if (values.profile !== undefined)
        throw new UsageError("--all is for all profiles: leave out --profile");
      await rm(join(findCacheFolder(env), "tokens"), { recursive: true, force: true });
      terminal.out("Deleted all tokens.\n");
      return ExitCode.ok;
    }
    const name = values.profile ?? (env["ZITADEL_PROFILE"] || DEFAULT_PROFILE);
    findProfile(name, env);
    if (isProfileName(name)) await rm(findTokenFolder(env, name), { recursive: true, force: true });
    removeProfile(name, env);
    terminal.out(`Deleted the profile ${name}, and its tokens.\n`);
    return ExitCode.ok;
  },
};
