import { CodegenError } from "../codegen/errors.ts";
import { isInvalidOption } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";
import { toLine, toLines } from "../shared/plain-text.ts";
import { findRuntimeProblem } from "../shared/runtime.ts";
import { version } from "../version.ts";
import { type Command, commandHelp } from "./command.ts";
import { ExitCode } from "./exit-code.ts";
import { UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** All commands, by name. Each is loaded when it is needed: what one imports would slow the others down. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  generate: async () => (await import("./commands/generate.ts")).generate,
  diff: async () => (await import("./commands/diff.ts")).diff,
};

/** Runs a command line. Every outcome is an exit code; errors are one sentence, unless `--debug` asks for more. */
export async function run(args: readonly string[], given: Terminal): Promise<ExitCode> {
  const terminal = plainTerminal(given);
  try {
    return await dispatch(
      args.filter((arg) => arg !== "--debug"),
      terminal,
    );
  } catch (error) {
    terminal.err(`zitadel-connect: ${describe(error, args.includes("--debug"))}\n`);
    return isUsage(error) ? ExitCode.usage : ExitCode.failed;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = "--help", ...rest] = args;
  if (name === "--version") {
    terminal.out(`${version}\n`);
    return ExitCode.ok;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.out(await overview());
    return ExitCode.ok;
  }
  const problem = findRuntimeProblem();
  if (problem !== undefined) {
    terminal.err(`${problem}\n`);
    return ExitCode.failed;
  }
  const command = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]?.() : undefined;
  if (command === undefined) {
    const names = Object.keys(COMMANDS);
    const nearest = findNearest(name, names);
    const remedy = nearest === undefined ? `there are: ${names.join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(
      `There is no command ${/^[a-z-]{1,20}$/.test(name) ? `"${name}"` : "like that"}; ${remedy}`,
    );
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.out(commandHelp(name, command));
    return ExitCode.ok;
  }
  return await command.run(rest, terminal);
}

/** Names and texts of servers, registries and files reach the terminal as text, never as commands to it or to CI. */
function plainTerminal({ directory, env, out, err, status }: Terminal): Terminal {
  return {
    directory,
    env,
    out: (text) => out(toLines(text)),
    err: (text) => err(toLines(text)),
    status: (text) => status(toLine(text)),
  };
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || isInvalidOption(error);
}

async function overview(): Promise<string> {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const line = async ([name, load]: [string, () => Promise<Command>]) =>
    `  ${name.padEnd(width)}${(await load()).summary}`;
  const list = await Promise.all(Object.entries(COMMANDS).map(line));
  return `Usage: zitadel-connect <command> [options]

Commands:
${list.join("\n")}

zitadel-connect <command> --help shows the options of a command.
`;
}

function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (debug) return inspectable(error);
  if (error instanceof CodegenError || isUsage(error)) return error.message;
  return `${error.message || error.name} (--debug shows where this comes from)`;
}

function inspectable(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${inspectable(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
