/** The error for an option that cannot be used. `seen` describes the value and never holds it. */
export function misuse(method: string, option: string, seen: string, expected: string): TypeError {
  return new TypeError(`${method}: ${option} is ${seen}; expected ${expected}`);
}

/** What a value is, without saying it. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Fails unless the value is a string with something in it. */
export function requireString(method: string, option: string, value: unknown): asserts value is string {
  if (typeof value !== "string" || value === "") {
    throw misuse(method, option, describe(value), "a string that is not empty");
  }
}

/** Fails unless the value is an array of strings with something in them. */
export function requireStrings(
  method: string,
  option: string,
  value: unknown,
): asserts value is readonly string[] {
  if (!Array.isArray(value)) throw misuse(method, option, describe(value), "an array of strings");
  for (const item of value) requireString(method, `an entry of ${option}`, item);
}

/** Fails unless the value is an object. */
export function requireObject(method: string, option: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null) throw misuse(method, option, describe(value), "an object");
}

/** The one of `names` that is set; fails if none or several are. */
export function exactlyOne<T extends string>(method: string, options: object, names: readonly T[]): T {
  const list = names.join(", ");
  const set = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const chosen = names.filter((name) => set.includes(name));
  const [only, another] = chosen;
  if (only !== undefined && another === undefined) return only;
  const seen = set.length === 0 ? "none" : set.join(", ");
  throw new TypeError(`${method}: expected exactly one of ${list}; options given: ${seen}`);
}
