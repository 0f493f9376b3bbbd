import type { ExitCode } from "./exit-code.ts";
import { type OptionSpecs, optionsHelp } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** A subcommand of `zitadel-connect`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the command's name. */
  readonly usage: string;
  /** What the summary leaves open. */
  readonly description: string;
  readonly options: OptionSpecs;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** Options that every command has. `main()` handles them. */
export const COMMON_OPTIONS = {
  help: { type: "boolean", help: "Show this help" },
  debug: { type: "boolean", help: "Show where an error comes from" },
} as const;

/** The help of a command. */
export function commandHelp(name: string, { usage, summary, description, options }: Command): string {
  return `Usage: zitadel-connect ${name} ${usage}

${summary}. ${description}

Options:
${optionsHelp({ ...options, ...COMMON_OPTIONS })}
`;
}
