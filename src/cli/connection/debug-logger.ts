import { inspect } from "node:util";
import type { LogFields, Logger } from "../../logging/logger.ts";
import type { Terminal } from "../terminal.ts";

/** Writes what a client logs to stderr. No line holds a secret. */
export function debugLogger(terminal: Terminal): Logger {
  const write = (message: string, fields: LogFields): void => {
    const shown = inspect(fields, { breakLength: Number.POSITIVE_INFINITY, depth: 4, compact: true });
    terminal.err(`debug: ${message} ${shown}\n`);
  };
  return { debug: write, info: write, warn: write, error: write };
}
