import {
  type ArgumentSpecs,
  formatOptions,
  formatRows,
  type OptionSpec,
  type OptionSpecs,
  wrap,
} from "./command-line.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** A subcommand of `zitadel-connect`. It imports its code only when it runs, so that help is fast. */
export interface Command {
  /** The details that the summary omits. */
  readonly description: string;
  /** The arguments that follow the command's name, in order. */
  readonly arguments?: ArgumentSpecs;
  readonly options: OptionSpecs;
  readonly examples?: readonly Example[];
  /** Prints help about what the arguments name; returns false if they name nothing. Absent if there is no such help. */
  explain?(args: readonly string[], terminal: Terminal): Promise<boolean>;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** An example of a command line, and what it does. */
export interface Example {
  readonly line: string;
  readonly help: string;
}

/** Options that every command has. `run()` handles them. */
export const COMMON_OPTIONS = {
  help: { type: "boolean", short: "h", help: "Show this help" },
  debug: { type: "boolean", help: "Show on stderr what happens, and where an error comes from" },
} as const satisfies OptionSpecs;

/** The help of a command. */
export function formatCommandHelp(name: string, summary: string, command: Command): string {
  const { description, options, examples = [] } = command;
  const parts = [
    `Usage: zitadel-connect ${formatUsage(name, command)}`,
    wrap(`${summary}. ${description}`),
    formatArguments(command.arguments ?? {}),
    ...formatOptionGroups({ ...options, ...COMMON_OPTIONS }),
    examples.length === 0 ? "" : `Examples:\n${examples.map(formatExample).join("\n")}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** How a command is called, in one line. */
export function formatUsage(name: string, command: Command): string {
  const words = Object.entries(command.arguments ?? {}).map(([argument, { optional }]) =>
    optional === true ? `[${argument}]` : `<${argument}>`,
  );
  return [name, ...words, "[options]"].join(" ");
}

function formatArguments(specs: ArgumentSpecs): string {
  const rows = Object.entries(specs).map(([name, { help }]) => ({ left: `<${name}>`, help }));
  return rows.length === 0 ? "" : `Arguments:\n${formatRows(rows)}`;
}

/** Options by group; those without one come first. */
function formatOptionGroups(specs: OptionSpecs): string[] {
  const groups = Map.groupBy(Object.entries<OptionSpec>(specs), ([, { group }]) => group ?? "Options");
  return [...groups].map(
    ([group, entries]) => `${group}:\n${formatOptions(Object.fromEntries(entries), specs)}`,
  );
}

function formatExample({ line, help }: Example): string {
  return `  $ ${line.replaceAll("\n", "\n    ")}\n      ${help}`;
}
