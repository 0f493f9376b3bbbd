/** One way to configure something by environment variables, all of which it needs. */
export interface EnvironmentWay<T> {
  readonly names: readonly string[];
  make(values: Readonly<Record<string, string>>): T;
}

/** What an environment says of several ways. */
export interface FoundWay<T> {
  /** The variables that are set, in the order of the ways. */
  readonly set: readonly string[];
  /** Makes what the variables configure; undefined unless they are those of one way. */
  readonly make: (() => T) | undefined;
  /** All ways, for an error. */
  readonly choices: string;
}

/** Finds the way whose variables are set. An empty one counts as not set; white space around a value is left out. */
export function findEnvironmentWay<T>(
  ways: readonly EnvironmentWay<T>[],
  env: Readonly<Record<string, string | undefined>>,
): FoundWay<T> {
  const values: Record<string, string> = {};
  for (const name of ways.flatMap(({ names }) => names)) {
    const value = env[name]?.trim() ?? "";
    if (value !== "") values[name] = value;
  }
  const set = Object.keys(values);
  const way = ways.find(({ names }) => names.join() === set.join());
  return {
    set,
    make: way && (() => way.make(values)),
    choices: ways.map(({ names }) => names.join(" with ")).join(", "),
  };
}
