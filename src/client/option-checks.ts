import { describe } from "../shared/describe.ts";
import { invalidOption, requireString } from "../shared/invalid-option.ts";

/** Returns an optional string. Fails if it is empty or something else. */
export function optionalString(name: string, value: string | undefined): string | undefined {
  if (value !== undefined) requireString(name, value);
  return value;
}

/** Returns an optional object, which may come from any library. Fails if it lacks one of the methods. */
export function optionalObject<T extends object>(
  name: string,
  methods: readonly (keyof T & string)[],
  value: T | undefined,
  expected: string,
): T | undefined {
  if (value === undefined) return undefined;
  const missing = methods.filter((method) => typeof value?.[method] !== "function");
  if (missing.length === 0) return value;
  throw invalidOption(name, `${describe(value)} without ${missing.join("(), ")}()`, expected);
}
