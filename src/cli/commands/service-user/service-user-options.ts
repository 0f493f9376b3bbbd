import { resolve } from "node:path";
import type { CredentialStore } from "../../../service-users/credential-store.ts";
import type { OptionSpecs } from "../../command-line.ts";
import { UsageError } from "../../errors.ts";
import type { Terminal } from "../../terminal.ts";

/** How to store a credential without writing it to disk. */
export const STORE_OPTIONS = {
  "write-with": {
    type: "string",
    value: "command",
    help:
      "Pipe the credential into this command, instead of writing a\n" +
      'file: "vault kv put -mount=secret robot key=-"',
  },
  "read-with": {
    type: "string",
    value: "command",
    help:
      "The command that prints what --write-with stored:\n" + '"vault kv get -mount=secret -field=key robot"',
  },
} as const satisfies OptionSpecs;

/** The store made of the two commands. */
export async function openCommandStore(
  values: { readonly "write-with"?: string; readonly "read-with"?: string },
  { env }: Terminal,
): Promise<CredentialStore | undefined> {
  const { "write-with": writeWith, "read-with": readWith } = values;
  if (writeWith === undefined) {
    if (readWith === undefined) return undefined;
    throw new UsageError("--read-with reads what --write-with stores: give both");
  }
  const { commandStore } = await import("../../../service-users/credential-store.ts");
  return commandStore({ readWith, writeWith, env });
}

const DAY_MS = 24 * 3_600_000;

/** When something expires: a number of days, such as `90d`, or a date. */
export function parseExpiry(value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const [, days] = /^(\d{1,5})d$/.exec(value) ?? [];
  const date = days === undefined ? new Date(value) : new Date(Date.now() + Number(days) * DAY_MS);
  const isDate = days !== undefined || /^\d{4}-\d\d-\d\d/.test(value);
  if (!isDate || Number.isNaN(date.getTime())) {
    throw new UsageError("--expires: expected a number of days, such as 90d, or a date, such as 2027-01-31");
  }
  if (date.getTime() <= Date.now()) throw new UsageError("--expires: expected a time in the future");
  return date;
}

/** Parses a non-negative integer. */
export function parseCount(option: string, value: string | undefined, min = 0): number | undefined {
  if (value === undefined) return undefined;
  const count = /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN;
  if (count >= min) return count;
  throw new UsageError(`--${option}: expected an integer of at least ${min}`);
}

/** Resolves a path that was given on the command line. */
export function toPath(path: string, { directory }: Terminal): string {
  return resolve(directory, path);
}
