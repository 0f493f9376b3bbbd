import type { ArgumentSpecs, CommandLine, OptionSpecs } from "../command-line.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "../connection/connection-options.ts";

/** Options of `call`, apart from those for the fields of a request. */
export const CALL_COMMAND_OPTIONS = {
  all: { type: "boolean", help: "All pages of a list, each item as a line of JSON, as they come" },
  output: { type: "string", short: "o", value: "json|table", help: "Default: json" },
  columns: {
    type: "string",
    value: "a,b.c",
    help: "The columns of a table. Default: all that have something in them",
  },
  "emit-defaults": {
    type: "boolean",
    help: "Print fields that have their default, such as 0 and false, too",
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
  yes: { type: "boolean", short: "y", help: "Do not ask before something is deleted" },
  live: {
    type: "boolean",
    help: "Take the RPC as the instance describes it, with fields that this package may not\nknow. Default: only an RPC that this package does not know",
  },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** The words that `call` is given. */
export const CALL_ARGUMENTS = {
  rpc: { help: "Its name, as user.v2.listUsers or zitadel.user.v2.UserService/ListUsers" },
  request: { optional: true, help: "JSON, or @file with JSON, or - for standard input. Default: {}" },
} as const satisfies ArgumentSpecs;

/** What `call` is given. */
export type CallLine = CommandLine<typeof CALL_COMMAND_OPTIONS, typeof CALL_ARGUMENTS>;

/** The names of options that no field of a request can have. */
export const CALL_OPTION_NAMES: readonly string[] = Object.keys(CALL_COMMAND_OPTIONS);
