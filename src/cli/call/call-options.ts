import type { ArgumentSpecs, CommandLine, OptionSpecs } from "../command-line.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "../connection/connection-options.ts";

/** Options of `call`, apart from those for the fields of a request. */
export const CALL_COMMAND_OPTIONS = {
  all: { type: "boolean", help: "Read all pages of a list; print each item as a line of JSON" },
  output: { type: "string", short: "o", value: "json|table", help: "Default: json" },
  columns: {
    type: "string",
    value: "a,b.c",
    help: "The columns of a table. Default: all that are not empty",
  },
  "emit-defaults": {
    type: "boolean",
    help: "Also print fields with default values, such as 0 and false",
  },
  ...CALL_OPTIONS,
  header: {
    type: "string",
    multiple: true,
    value: "name: value",
    help: "A header for the call; can be repeated",
  },
  "dry-run": {
    type: "boolean",
    help: "Send nothing; print what would be sent, without the token and other secrets",
  },
  yes: { type: "boolean", short: "y", help: "Do not ask before deleting something" },
  live: {
    type: "boolean",
    help: "Use the instance's description of the RPC, which may have fields that this\npackage lacks. Default: only for RPCs that this package does not know",
  },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** The arguments of `call`. */
export const CALL_ARGUMENTS = {
  rpc: { help: "Its name, such as user.v2.listUsers or zitadel.user.v2.UserService/ListUsers" },
  request: { optional: true, help: "JSON, or @file with JSON, or - for standard input. Default: {}" },
} as const satisfies ArgumentSpecs;

/** The parsed options of `call`. */
export type CallLine = CommandLine<typeof CALL_COMMAND_OPTIONS, typeof CALL_ARGUMENTS>;

/** The option names that fields of a request cannot have. */
export const CALL_OPTION_NAMES: readonly string[] = Object.keys(CALL_COMMAND_OPTIONS);
