import { parseArgs } from "node:util";

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
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The value of an option that takes one of a few. */
export function oneOf<const T extends string>(
  name: string,
  allowed: readonly T[],
  value: string | undefined,
): T | undefined {
  const found = allowed.find((candidate) => candidate === value);
  if (value !== undefined && found === undefined) {
    throw new UsageError(`--${name}: expected one of ${allowed.join(", ")}, got "${value}"`);
  }
  return found;
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
