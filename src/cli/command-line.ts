import { parseArgs } from "node:util";
import { requireOneOf } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";
import { UsageError } from "./errors.ts";

/** An option of a command, with what its help says. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  /** A letter for it. */
  readonly short?: string;
  readonly help: string;
  /** What stands for the value in help, such as `file`. */
  readonly value?: string;
  /** It is true unless `--no-` stands before its name. */
  readonly standard?: true;
  /** The heading in help under which it stands. Default: Options. */
  readonly group?: string;
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

/** A word that belongs to no option, by its place. */
export interface ArgumentSpec {
  readonly help: string;
  /** It may be left out. None that must be there may follow. */
  readonly optional?: boolean;
}

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

/** The words of a command line, by the names of the arguments. */
export type ArgumentValues<Specs extends ArgumentSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { optional: true } ? string | undefined : string;
};

/** A parsed command line. */
export interface CommandLine<Options extends OptionSpecs, Arguments extends ArgumentSpecs> {
  readonly values: OptionValues<Options>;
  readonly given: ArgumentValues<Arguments>;
}

/** Parses a command line of options alone. Throws a UsageError. */
export function parseOptions<Specs extends OptionSpecs>(
  specs: Specs,
  args: readonly string[],
): OptionValues<Specs> {
  return parseCommandLine(specs, {}, args).values;
}

/**
 * Parses what follows the name of a command: options in any place, `--no-x` for a boolean `x`, and as many other words
 * as there are arguments. What follows `--` is no option. Throws a UsageError.
 */
export function parseCommandLine<Options extends OptionSpecs, Arguments extends ArgumentSpecs>(
  specs: Options,
  argumentSpecs: Arguments,
  args: readonly string[],
): CommandLine<Options, Arguments> {
  const { values, positionals } = parse(specs, args);
  const expected = Object.entries<ArgumentSpec>(argumentSpecs);
  if (positionals.length > expected.length) throw new UsageError(describeSurplus(specs, expected));
  const missing = expected.find(
    ([, { optional }], index) => optional !== true && index >= positionals.length,
  );
  if (missing !== undefined) throw new UsageError(`<${missing[0]}> is missing: ${missing[1].help}`);
  const given = Object.fromEntries(expected.map(([name], index) => [name, positionals[index]]));
  return { values, given: given as ArgumentValues<Arguments> };
}

function parse<Specs extends OptionSpecs>(
  specs: Specs,
  args: readonly string[],
): { values: OptionValues<Specs>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: toParseArgs(specs),
      allowPositionals: true,
      allowNegative: true,
    });
    return { values: values as OptionValues<Specs>, positionals };
  } catch (error) {
    throw new UsageError(describeMistake(error, args, Object.keys(specs)));
  }
}

/** What a command line seems to say, before all of its options are known. */
export interface Glance<Options extends OptionSpecs> {
  readonly values: OptionValues<Options>;
  /** The first word that belongs to no option that is known; undefined if there is none. */
  readonly word: string | undefined;
  /** An option that is not known stands before it, of which it may be the value. */
  readonly isUncertain: boolean;
}

/** Looks at a command line whose other options depend on its first word. */
export function glanceAt<Options extends OptionSpecs>(
  specs: Options,
  args: readonly string[],
): Glance<Options> {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: toParseArgs(specs),
    strict: false,
    allowNegative: true,
    tokens: true,
  });
  const first = tokens.findIndex(({ kind }) => kind === "positional");
  const token = tokens[first];
  return {
    // An option without its value is true here; that it lacks it is told when all options are known.
    values: Object.fromEntries(
      Object.entries(values).filter(([name, value]) => specs[name]?.type === typeOf(value)),
    ) as OptionValues<Options>,
    word: token?.kind === "positional" ? token.value : undefined,
    isUncertain: tokens
      .slice(0, first)
      .some((each) => each.kind === "option" && specs[each.name] === undefined),
  };
}

function typeOf(value: unknown): string {
  return typeof (Array.isArray(value) ? value[0] : value);
}

type ParseArgsOptions = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

function toParseArgs(specs: OptionSpecs): ParseArgsOptions {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
}

/** Not which word: it may be a secret in the wrong place. */
function describeSurplus(specs: OptionSpecs, expected: readonly [string, ArgumentSpec][]): string {
  const options = Object.keys(specs).map((name) => `--${name}`);
  if (expected.length === 0) {
    return `there is a word that belongs to no option; there are: ${options.join(", ")}`;
  }
  const names = expected.map(([name]) => `<${name}>`).join(" ");
  return `there is a word too many: expected no more than ${names}. Put quotes around what has spaces`;
}

/** What is wrong with a command line. The message of `parseArgs()` repeats what may be a secret in the wrong place. */
function describeMistake(error: unknown, args: readonly string[], known: readonly string[]): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const all = known.map((name) => `--${name}`);
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return error instanceof Error ? error.message : String(error);
  const given = args.flatMap((arg) => /^--?[a-z][a-z\d.-]{0,60}(?==|$)/.exec(arg) ?? []);
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
export function optionsHelp(specs: OptionSpecs, all: OptionSpecs = specs): string {
  return rowsHelp(optionRows(specs), optionRows(all));
}

function optionRows(specs: OptionSpecs): HelpRow[] {
  return Object.entries(specs).map(([name, { value, short, standard, help }]) => ({
    left: `${short === undefined ? "" : `-${short}, `}--${standard === true ? "no-" : ""}${name}${value === undefined ? "" : ` <${value}>`}`,
    help,
  }));
}

/** A row of help. */
export interface HelpRow {
  readonly left: string;
  readonly help: string;
}

/** Two columns. What is wide on the left has the right one below it. `all` decides on the width, for several parts. */
export function rowsHelp(rows: readonly HelpRow[], all: readonly HelpRow[] = rows): string {
  const width = Math.max(...all.map(({ left }) => left.length).filter((length) => length <= WIDEST)) + 4;
  return rows
    .map(({ left, help }) => {
      const indent = " ".repeat(width);
      const head = `  ${left}`;
      const gap = head.length + 2 > width ? `\n${indent}` : " ".repeat(width - head.length);
      return head + gap + help.replaceAll("\n", `\n${indent}`);
    })
    .join("\n");
}

const WIDEST = 32;

/** Breaks the lines of a text at spaces. Lines that are indented stay as they are. */
export function wrap(text: string, width = 88): string {
  return text
    .split("\n")
    .map((line) => (line.startsWith(" ") ? line : wrapLine(line, width)))
    .join("\n");
}

function wrapLine(line: string, width: number): string {
  let column = 0;
  return line
    .split(" ")
    .map((word) => {
      const fits = column + 1 + word.length <= width;
      const separator = column === 0 ? "" : fits ? " " : "\n";
      column = column === 0 || !fits ? word.length : column + 1 + word.length;
      return separator + word;
    })
    .join("");
}
