import { describe, describeName } from "./describe.ts";
import { findNearest } from "./nearest.ts";

/** What is wrong with an option, without the name of the function. */
interface Problem {
  /** Empty if the problem is with several options. */
  readonly option: string;
  /** The text after the option's name. */
  readonly words: string;
  /** The option that the value belongs to. */
  readonly instead?: string | undefined;
}

/** The error for an invalid option. Its message never quotes a value that may be secret. */
class InvalidOption extends TypeError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "TypeError";
  override readonly name: string = "TypeError";
  readonly #problem: Problem;

  constructor(problem: Problem, caller?: string | undefined) {
    const { option, words, instead } = problem;
    const place = caller === undefined ? "" : `${caller}: `;
    const remedy = instead === undefined ? "" : `: use ${instead}`;
    super(`${place}${option === "" ? "" : `${option} `}${words}${remedy}`);
    this.#problem = problem;
  }

  /** Returns the same error for `caller`, whose options have other `names`. */
  renamed(caller: string, names: Names): InvalidOption {
    const rename = (name: string): string => names[name] ?? name;
    const { option, words, instead } = this.#problem;
    // Renames the file in `"key" in keyFile` too.
    const renamed = option.replace(/(?<=^(?:"key" in )?)\w+/, rename);
    return new InvalidOption({ option: renamed, words, instead: instead && rename(instead) }, caller);
  }
}

type Names = Readonly<Record<string, string>>;

/**
 * Creates the error for an invalid option. `seen` describes the value and never contains it; `instead` is the option that
 * it belongs to.
 */
export function invalidOption(option: string, seen: string, expected: string, instead?: string): TypeError {
  return new InvalidOption({ option, words: `is ${seen}; expected ${expected}`, instead });
}

/** Whether an error reports an invalid option. */
export function isInvalidOption(error: unknown): error is TypeError {
  return error instanceof InvalidOption;
}

/**
 * Runs the checks of a function's options. The error for an invalid option begins with `caller`, and uses the caller's
 * `names` for options.
 */
export function checkOptions<T>(caller: string, check: () => T, names: Names = {}): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof InvalidOption ? error.renamed(caller, names) : error;
  }
}

/** Fails unless the value is a non-empty string. */
export function requireString(option: string, value: unknown): asserts value is string {
  if (typeof value !== "string" || value === "") {
    throw invalidOption(option, describe(value), "a non-empty string");
  }
}

/** Fails unless the value is an array of non-empty strings. */
export function requireStrings(option: string, value: unknown): asserts value is readonly string[] {
  if (!Array.isArray(value)) throw invalidOption(option, describe(value), "an array of strings");
  for (const item of value) requireString(`an entry of ${option}`, item);
}

/** Fails unless the value is an object. `example` shows what to pass. */
export function requireObject(option: string, value: unknown, example?: string): asserts value is object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw invalidOption(
    option,
    describe(value),
    example === undefined ? "an object" : `an object: pass ${example}`,
  );
}

/** Fails unless the value is true, false or omitted: the string "false" would count as true. */
export function requireBoolean(option: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") {
    throw invalidOption(option, describe(value), "true or false");
  }
}

/** Fails unless the value is a function or omitted. */
export function requireFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw invalidOption(option, describe(value), "a function");
  }
}

/** Fails unless the value is an AbortSignal or omitted. */
export function requireSignal(option: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof (value as { aborted?: unknown } | null)?.aborted !== "boolean") {
    throw invalidOption(option, describe(value), "an AbortSignal, such as that of an AbortController");
  }
}

/** Fails unless the argument of `caller` is a function. */
export function requireHandler(caller: string, handler: unknown): void {
  if (typeof handler === "function") return;
  checkOptions(caller, () => {
    throw invalidOption("its argument", describe(handler), "a function");
  });
}

/** The numbers that an option accepts. */
export interface Range {
  readonly min: number;
  /** Default: no limit; `Infinity` is allowed, too. */
  readonly max?: number;
  /** Whether fractions are allowed. Default: false. */
  readonly fractions?: boolean;
  /** Such as `milliseconds`. Default: `a number`, or `an integer`. */
  readonly unit?: string;
}

/** Fails unless the value is a number within a range, or omitted. The message shows numbers: they are not secret. */
export function requireNumber(
  option: string,
  value: unknown,
  { min, max = Number.POSITIVE_INFINITY, fractions = false, unit }: Range,
): asserts value is number | undefined {
  if (value === undefined) return;
  const inRange = typeof value === "number" && value >= min && value <= max;
  if (inRange && (fractions || !Number.isFinite(value) || Number.isInteger(value))) return;
  const what = unit ?? (fractions ? "a number" : "an integer");
  const range = max < Number.MAX_SAFE_INTEGER ? `from ${min} to ${max}` : `of at least ${min}`;
  throw invalidOption(
    option,
    typeof value === "number" ? String(value) : describe(value),
    `${what} ${range}`,
  );
}

/** Fails unless the value is one of the allowed strings, or omitted. */
export function requireOneOf<const T extends string>(
  option: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T | undefined {
  if (value === undefined || allowed.some((one) => one === value)) return;
  const nearest = typeof value === "string" ? findNearest(value, allowed) : undefined;
  const all = allowed.map((one) => `"${one}"`).join(", ");
  const guess = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  throw invalidOption(option, describe(value), `one of ${all}${guess}`);
}

/**
 * Returns the one of `names` that is set. Fails if none or several are. Reads other options only to name them in the error,
 * since a getter may be costly.
 */
export function exactlyOne<T extends string>(options: object, names: readonly T[]): T {
  const isSet = (name: string): boolean => Reflect.get(options, name) !== undefined;
  const [only, another] = names.filter((name) => Object.hasOwn(options, name) && isSet(name));
  if (only !== undefined && another === undefined) return only;
  const set = Object.keys(options).filter(isSet).map(describeName);
  const seen = set.length === 0 ? "none" : set.join(", ");
  throw new InvalidOption({
    option: "",
    words: `expected exactly one of ${names.join(", ")}; options given: ${seen}`,
  });
}

/**
 * Fails if an object has an unknown option, which would be ignored silently, and suggests the one that was meant. `path` is
 * the option that holds the object, or empty; `foreign` maps names from other libraries to ours.
 */
export function requireKnown(path: string, options: object, known: KnownOptions, foreign: Names = {}): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) throw unknownOption(path, name, Object.keys(known), foreign);
  }
}

/** The names of options, as the keys of an object: if it is typed as a `Record`, none can be missing. */
export type KnownOptions = Readonly<Record<string, unknown>>;

/** Creates the error for an unknown option. */
export function unknownOption(
  path: string,
  name: string,
  known: readonly string[],
  foreign: Names = {},
): TypeError {
  const within = (one: string): string => (path === "" ? one : `${path}.${one}`);
  const meant = Object.hasOwn(foreign, name) ? foreign[name] : findNearest(name, known);
  const remedy =
    meant === undefined
      ? `known options: ${known.join(", ")}`
      : `did you mean ${/^\w+$/.test(meant) ? within(meant) : meant}?`;
  return new InvalidOption({ option: within(describeName(name)), words: `is not an option; ${remedy}` });
}
