/** An option that cannot be used. Its message repeats nothing of the value. */
class InvalidOption extends TypeError {
  override readonly name: string = "TypeError";
}

/** The error for an option that cannot be used. `seen` describes the value and never holds it. */
export function invalidOption(option: string, seen: string, expected: string): TypeError {
  return new InvalidOption(`${option} is ${seen}; expected ${expected}`);
}

/** Runs the checks of a function's options. The error for one that cannot be used begins with `caller`. */
export function checkOptions<T>(caller: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidOption) throw new TypeError(`${caller}: ${error.message}`);
    throw error;
  }
}

/** What a value is, without saying it. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Fails unless the value is a string with something in it. */
export function requireString(option: string, value: unknown): asserts value is string {
  if (typeof value !== "string" || value === "") {
    throw invalidOption(option, describe(value), "a string that is not empty");
  }
}

/** Fails unless the value is an array of strings with something in them. */
export function requireStrings(option: string, value: unknown): asserts value is readonly string[] {
  if (!Array.isArray(value)) throw invalidOption(option, describe(value), "an array of strings");
  for (const item of value) requireString(`an entry of ${option}`, item);
}

/** Fails unless the value is an object. */
export function requireObject(option: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null) throw invalidOption(option, describe(value), "an object");
}

/** The one of `names` that is set; fails if none or several are. */
export function exactlyOne<T extends string>(options: object, names: readonly T[]): T {
  const set = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const [only, another] = names.filter((name) => set.includes(name));
  if (only !== undefined && another === undefined) return only;
  const seen = set.length === 0 ? "none" : set.join(", ");
  throw new InvalidOption(`expected exactly one of ${names.join(", ")}; options given: ${seen}`);
}
