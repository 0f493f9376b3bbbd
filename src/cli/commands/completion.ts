import { requireOneOf } from "../../shared/invalid-option.ts";
import type { Command } from "../command.ts";
import { type ArgumentSpecs, parseCommandLine } from "../command-line.ts";
import { SCRIPTS } from "../completion/scripts.ts";
import { ExitCode } from "../exit-code.ts";

const ARGUMENTS = { shell: { help: "bash, zsh or fish" } } as const satisfies ArgumentSpecs;

/** `zitadel-connect completion` */
export const completion: Command = {
  description:
    "Completes the names of commands and their options, of RPCs, of the fields of a request, of the values of enums, and of profiles.",
  arguments: ARGUMENTS,
  options: {},
  examples: [
    {
      line: "source <(zitadel-connect completion bash)",
      help: "For this shell; put it in ~/.bashrc for every shell",
    },
    { line: "source <(zitadel-connect completion zsh)", help: "In ~/.zshrc, after compinit" },
    { line: "zitadel-connect completion fish > ~/.config/fish/completions/zitadel-connect.fish", help: "" },
  ],
  async run(args, terminal) {
    const { given } = parseCommandLine({}, ARGUMENTS, args);
    const { shell } = given;
    const shells = ["bash", "zsh", "fish"] as const;
    requireOneOf("<shell>", shell, shells);
    terminal.out(SCRIPTS[shell as keyof typeof SCRIPTS]);
    return ExitCode.ok;
  },
};
