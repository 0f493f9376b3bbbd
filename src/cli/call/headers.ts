import { describe } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { UsageError } from "../errors.ts";

/** Headers that carry a secret. */
const SECRET = /^(authorization|proxy-authorization|cookie|x-api-key)$/i;

/** Parses `--header 'name: value'`. Throws a UsageError, which does not contain the value. */
export function parseHeaders(headers: readonly string[]): Record<string, string> {
  const pairs = headers.map((header) => {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(header) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageError("--header: expected the form 'name: value'");
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

/** Throws a UsageError if a header carries a secret. */
export function refuseSecretHeaders(headers: Readonly<Record<string, string>>): void {
  const secret = Object.keys(headers).find((name) => SECRET.test(name));
  if (secret === undefined) return;
  throw new UsageError(
    `--header: ${secret} is a secret, and others can see arguments; give a credential with --key-file or --token-file`,
  );
}

/** Converts `--timeout <seconds>` to milliseconds. */
export function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (seconds > 0) return seconds * 1000;
  throw invalidOption("--timeout", describe(value), "a number of seconds above 0");
}
