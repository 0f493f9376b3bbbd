import { parseArgs } from "node:util";
import { requireOneOf } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";

/** An option of a command, with what its help says. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly help: string;
  /** What stands for the value in help, such as `file`. */
  readonly value?: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The values of options, by name. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]?: Specs[Name] extends { type: "boolean" }
    ? boolean
    : Specs[Name] extends { multiple: true }
      ? string[]
      : string;
};

/** A command line that makes no sense. */
export class UsageError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "UsageError";
  override readonly name = "UsageError";
}

/** Parses the arguments of a command. Throws a UsageError. */
export function parseOptions<Specs extends OptionSpecs>(
  specs: Specs,
  args: readonly string[],
): OptionValues<Specs> {
  try {
    const options = Object.fromEntries(
      Object.entries(specs).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
    );
    return parseArgs({ args: [...args], options, allowPositionals: false }).values as OptionValues<Specs>;
  } catch (error) {
    throw new UsageError(describeMistake(error, args, Object.keys(specs)));
  }
}

/** What is wrong with a command line. The message of `parseArgs()` repeats what may be a secret in the wrong place. */
function describeMistake(error: unknown, args: readonly string[], known: readonly string[]): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const all = known.map((name) => `--${name}`);
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") {
    return `there is a word that belongs to no option; there are: ${all.join(", ")}`;
  }
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return error instanceof Error ? error.message : String(error);
  const given = args.flatMap((arg) => /^--?[a-z][a-z-]{0,30}(?==|$)/.exec(arg) ?? []);
  const unknown = given.find((name) => !all.includes(name)) ?? "what was given";
  const nearest = findNearest(unknown, all);
  return `${unknown} is no option; ${nearest === undefined ? `there are: ${all.join(", ")}` : `did you mean ${nearest}?`}`;
}

/** The value of an option that takes one of a few. */
export function oneOf<const T extends string>(
  name: string,
  allowed: readonly T[],
  value: string | undefined,
): T | undefined {
  requireOneOf(`--${name}`, value, allowed);
  return value;
}

/** The lines of help about options. */
export function optionsHelp(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(([name, { value, help }]) => ({
    left: `  --${name}${value === undefined ? "" : ` <${value}>`}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows
    .map(({ left, help }) => left.padEnd(width) + help.replaceAll("\n", `\n${" ".repeat(width)}`))
    .join("\n");
}
