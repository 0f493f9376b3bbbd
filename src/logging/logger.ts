/** The severity of a line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** The fields of a line, besides its text. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go: `console`, a pino, winston or bunyan logger, or your own object, whose methods get the text and
 * then the fields.
 */
export type Logger = Readonly<Record<LogLevel, LogMethod>>;

/** Writes a line. */
export type LogMethod = (message: string, fields: LogFields) => unknown;

/** Whether a line of this level would be written; if not, it need not be built. */
export function isLevelEnabled(logger: Logger, level: LogLevel): boolean {
  const { isLevelEnabled: ask, level: threshold } = logger as LibraryLogger;
  if (typeof ask === "function") return ask.call(logger, level);
  if (isBunyan(logger) && typeof threshold === "function") return threshold.call(logger) <= BUNYAN[level];
  return true;
}

/** Writes a line with the logger's order of arguments. Returns the logger's result, which may be a promise. */
export function writeLine(logger: Logger, level: LogLevel, message: string, fields: LogFields): unknown {
  // The type has the argument order of `console`; the compiler cannot know that pino and bunyan use another.
  return takesFieldsFirst(logger)
    ? (logger[level] as unknown as FieldsFirst).call(logger, fields, message)
    : logger[level](message, fields);
}

type FieldsFirst = (fields: LogFields, message: string) => unknown;

/** The properties by which loggers of libraries are recognized. */
interface LibraryLogger {
  /** pino and winston. */
  readonly isLevelEnabled?: (level: LogLevel) => boolean;
  /** A function that returns a number in bunyan. */
  readonly level?: unknown;
}

const BUNYAN: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

function isBunyan(logger: object): boolean {
  return "addStream" in logger && "fields" in logger;
}

function takesFieldsFirst(logger: object): boolean {
  return "bindings" in logger || isBunyan(logger);
}
