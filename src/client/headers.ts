import { describe } from "../shared/describe.ts";
import { invalidOption } from "../shared/invalid-option.ts";
import type { CallHeaders } from "./call-options.ts";

/**
 * Headers from whatever `new Headers()` takes. Its own error repeats the value that is none, which may be a token with a
 * newline behind it; this one names the header.
 */
export function toHeaders(init: CallHeaders | undefined, option = "headers"): Headers {
  try {
    return new Headers(init as HeadersInit);
  } catch {
    throw findProblem(init, option);
  }
}

function findProblem(init: unknown, option: string): TypeError {
  if (typeof init !== "object" || init === null) {
    return invalidOption(option, describe(init), "an object: pass { name: value }");
  }
  const pairs: readonly (readonly unknown[])[] = Array.isArray(init) ? init : Object.entries(init);
  for (const [name, value] of pairs) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(String(name))) {
      return invalidOption(
        option,
        "with a name that no header can have",
        "names of letters, digits and hyphens",
      );
    }
    if (!isHeaderValue(String(value))) {
      const where = option === "headers" ? `"${name}" in headers` : option;
      return invalidOption(
        where,
        "a string with a newline or another character that no header can have",
        "one line",
      );
    }
  }
  return invalidOption(option, describe(init), "pairs of name and value");
}

function isHeaderValue(value: string): boolean {
  try {
    new Headers({ value });
    return true;
  } catch {
    return false;
  }
}
