import { parseArgs } from "node:util";
import { requireOneOf } from "../shared/invalid-option.ts";
import { findNearest } from "../shared/nearest.ts";
import { UsageError } from "./errors.ts";

/** An option of a command, with its help. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  /** Its short form, one letter. */
  readonly short?: string;
  readonly help: string;
  /** The placeholder of the value in help, such as `file`. */
  readonly value?: string;
  /** The option is true unless given as `--no-…`. */
  readonly standard?: true;
  /** The heading that help lists it under. Default: Options. */
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

/** A positional argument. */
export interface ArgumentSpec {
  readonly help: string;
  /** Whether it may be left out. No required argument may follow. */
  readonly optional?: boolean;
}

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

/** The positional arguments of a command line, by name. */
export type ArgumentValues<Specs extends ArgumentSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { optional: true } ? string | undefined : string;
};

/** A parsed command line. */
export interface CommandLine<Options extends OptionSpecs, Arguments extends ArgumentSpecs> {
  readonly values: OptionValues<Options>;
  readonly given: ArgumentValues<Arguments>;
}

/** Parses a command line that has only options. Throws a UsageError. */
export function parseOptions<Specs extends OptionSpecs>(
  specs: Specs,
  args: readonly string[],
): OptionValues<Specs> {
  return parseCommandLine(specs, {}, args).values;
}

/**
 * Parses what follows the name of a command: options anywhere, `--no-x` for a boolean `x`, and at most as many other
 * words as there are arguments. Nothing after `--` is an option. Throws a UsageError.
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

/** A first look at a command line, before all of its options are known. */
export interface Glance<Options extends OptionSpecs> {
  readonly values: OptionValues<Options>;
  /** The first word that does not belong to a known option; undefined if there is none. */
  readonly word: string | undefined;
  /** Whether the word follows an unknown option, whose value it may be. */
  readonly isUncertain: boolean;
}

/** Takes a first look at a command line whose options depend on its first word. */
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
    // An option without a value is true here; a missing value is reported once all options are known.
    values: Object.fromEntries(
      Object.entries(values).filter(([name, value]) => specs[name]?.type === describeType(value)),
    ) as OptionValues<Options>,
    word: token?.kind === "positional" ? token.value : undefined,
    isUncertain: tokens
      .slice(0, first)
      .some((each) => each.kind === "option" && specs[each.name] === undefined),
  };
}

function describeType(value: unknown): string {
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

/** Does not quote the word: it may be a secret in the wrong place. */
function describeSurplus(specs: OptionSpecs, expected: readonly [string, ArgumentSpec][]): string {
  const options = Object.keys(specs).map((name) => `--${name}`);
  if (expected.length === 0) {
    return `there is a word that belongs to no option; the options are: ${options.join(", ")}`;
  }
  const names = expected.map(([name]) => `<${name}>`).join(" ");
  return `too many words: expected only ${names}. Quote values that contain spaces`;
}

/**
 * Describes what is wrong with a command line. The message of `parseArgs()` quotes words, which may be secrets in the
 * wrong place.
 */
function describeMistake(error: unknown, args: readonly string[], known: readonly string[]): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const all = known.map((name) => `--${name}`);
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return error instanceof Error ? error.message : String(error);
  const given = args.flatMap((arg) => /^--?[a-z][a-z\d.-]{0,60}(?==|$)/.exec(arg) ?? []);
  const unknown = given.find((name) => !all.includes(name)) ?? "what was given";
  const nearest = findNearest(unknown, all);
  return `${unknown} is not an option; ${nearest === undefined ? `the options are: ${all.join(", ")}` : `did you mean ${nearest}?`}`;
}

/** The value of an option that accepts one of a few values. */
export function parseChoice<const T extends string>(
  name: string,
  allowed: readonly T[],
  value: string | undefined,
): T | undefined {
  requireOneOf(`--${name}`, value, allowed);
  return value;
}

/** The help lines of options. */
export function formatOptions(specs: OptionSpecs, all: OptionSpecs = specs): string {
  return formatRows(toOptionRows(specs), toOptionRows(all));
}

function toOptionRows(specs: OptionSpecs): HelpRow[] {
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

/** Formats two columns. If a left cell is too wide, the right one goes below it. `all` aligns several parts. */
export function formatRows(rows: readonly HelpRow[], all: readonly HelpRow[] = rows): string {
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

/** Breaks the lines of a text at spaces. Indented lines are not changed. */
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
