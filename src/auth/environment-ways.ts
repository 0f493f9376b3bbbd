/** One way to configure something by environment variables, all of which are required. */
export interface EnvironmentWay<T> {
  readonly names: readonly string[];
  make(values: Readonly<Record<string, string>>): T;
}

/** What an environment configures. */
export interface FoundWay<T> {
  /** The variables that are set, in the order of the ways. */
  readonly set: readonly string[];
  /** Creates what the variables configure; undefined unless exactly one way is configured. */
  readonly make: (() => T) | undefined;
  /** All ways, for error messages. */
  readonly choices: string;
}

/** Finds the way whose variables are set. An empty variable counts as not set; surrounding whitespace is ignored. */
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
