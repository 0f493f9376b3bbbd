import { findNearest } from "../shared/nearest.ts";
import { findRuntimeProblem } from "../shared/runtime.ts";
import { version } from "../version.ts";
import { formatCommandHelp } from "./command.ts";
import { formatRows, type HelpRow } from "./command-line.ts";
import { COMMANDS, type CommandEntry, findCommand } from "./commands.ts";
import type { Candidate } from "./completion/complete.ts";
import { UsageError } from "./errors.ts";
import { EXIT_CODES, ExitCode } from "./exit-code.ts";
import { type CliProcess, createTerminal, type Terminal } from "./terminal.ts";

/** Runs a command line. Every outcome is an exit code. Errors are a few lines; with `--debug`, more. */
export async function run(args: readonly string[], given: CliProcess): Promise<ExitCode> {
  const debug = args.includes("--debug");
  const terminal = createTerminal(given, debug);
  try {
    return await dispatch(
      args.filter((arg) => arg !== "--debug"),
      terminal,
    );
  } catch (error) {
    // It is not a failure if the reader, such as `head`, has had enough.
    if (terminal.closed.aborted) return ExitCode.ok;
    const { toFailure } = await import("./failure.ts");
    const { text, exitCode } = toFailure(error, debug);
    terminal.err(`zitadel-connect: ${text}\n`);
    return exitCode;
  }
}

/** Called by the completion scripts of shells: prints the completions of the last word. */
const COMPLETE = "__complete";

function formatCandidate({ value, help = "" }: Candidate): string {
  return `${value}\t${help.replaceAll(/\s+/g, " ")}\n`;
}

const HELP = ["--help", "-h", "help"];

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [first = "--help", ...others] = args;
  if (first === "--version") {
    terminal.out(`${version}\n`);
    return ExitCode.ok;
  }
  const problem = findRuntimeProblem();
  if (problem !== undefined) {
    terminal.err(`${problem}\n`);
    return ExitCode.failed;
  }
  if (first === COMPLETE) {
    const { complete } = await import("./completion/complete.ts");
    terminal.out((await complete(others, terminal)).map(formatCandidate).join(""));
    return ExitCode.ok;
  }
  if (HELP.includes(first)) {
    terminal.out(others.length === 0 ? formatOverview() : await createHelp(others));
    return ExitCode.ok;
  }
  const found = findCommand(args);
  const isHelp = (found?.rest ?? others).some((arg) => arg === "--help" || arg === "-h");
  if (found === undefined) {
    terminal.out(await createHelp(args.filter((arg) => !HELP.includes(arg))));
    return ExitCode.ok;
  }
  const command = await found.entry.load();
  if (!isHelp) return await command.run(found.rest, terminal);
  const isExplained = await command.explain?.(
    found.rest.filter((arg) => !HELP.includes(arg)),
    terminal,
  );
  if (isExplained !== true) terminal.out(formatCommandHelp(found.name, found.entry.summary, command));
  return ExitCode.ok;
}

/** The help of a command, or of all commands with the same first word. */
async function createHelp(args: readonly string[]): Promise<string> {
  const found = findCommand(args);
  if (found !== undefined)
    return formatCommandHelp(found.name, found.entry.summary, await found.entry.load());
  const [word = "", second] = args;
  const family = listEntries().filter(([name]) => name.startsWith(`${word} `));
  if (family.length > 0 && (second === undefined || second.startsWith("-"))) {
    return `Usage: zitadel-connect ${word} <command> [options]\n\n${formatList(family)}\n\n${MORE}\n`;
  }
  throw new UsageError(describeUnknown(family.length > 0 ? `${word} ${second}` : word));
}

function describeUnknown(name: string): string {
  const names = [
    ...new Set(listEntries().map(([each]) => (name.includes(" ") ? each : (each.split(" ")[0] ?? "")))),
  ];
  const nearest = findNearest(name, names);
  const remedy = nearest === undefined ? `the commands are: ${names.join(", ")}` : `did you mean ${nearest}?`;
  return `Unknown command${/^[a-z -]{1,40}$/.test(name) ? ` "${name}"` : ""}; ${remedy}`;
}

type Entry = readonly [name: string, entry: CommandEntry];

function listEntries(): Entry[] {
  return Object.entries(COMMANDS);
}

const MORE = "zitadel-connect <command> --help shows the options of a command, with examples.";

function formatOverview(): string {
  const groups = Map.groupBy(listEntries(), ([, { group }]) => group);
  return `Usage: zitadel-connect <command> [options]

Every RPC of a Zitadel instance from the command line, and typed clients for it.

${[...groups].map(([group, commands]) => `${group}:\n${formatList(commands)}`).join("\n\n")}

${MORE}

Exit codes:
${formatRows(Object.entries(EXIT_CODES).map(([left, help]) => ({ left, help })))}
`;
}

function formatList(commands: readonly Entry[]): string {
  const rows = ([left, { summary }]: Entry): HelpRow => ({ left, help: summary });
  return formatRows(commands.map(rows), listEntries().map(rows));
}
