import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describe } from "./describe.ts";
import { invalidOption, requireString } from "./invalid-option.ts";

/** An option that takes the path of a file. */
export interface FileOption {
  readonly option: string;
  readonly path: unknown;
  /** The option that takes the content itself, which may have been given instead. Default: none. */
  readonly inline?: string | undefined;
  /** The directory that relative paths start from. Default: the working directory. */
  readonly directory?: string | undefined;
}

/** Reads the file that an option names. Throws a TypeError, which shows the path only if something exists there. */
export function readOptionFile(file: FileOption): string {
  requireString(file.option, file.path);
  try {
    return readFileSync(locate(file.path, file), "utf8");
  } catch (error) {
    throw unreadable({ ...file, path: file.path }, error);
  }
}

/**
 * Creates the error for a file that cannot be read. If no such file exists, the value may be a misplaced secret, so the
 * error only says what it looks like, or how much of the path exists.
 */
export function unreadable(file: FileOption & { readonly path: string }, error: unknown): TypeError {
  const { option, path, inline } = file;
  const code = failureCode(error);
  const located = locate(path, file);
  if (code !== "ENOENT" && existsSafely(located)) {
    const seen = `${JSON.stringify(path)}, which is not readable (${code})`;
    return invalidOption(option, seen, "the path of a file that this process may read");
  }
  const seen = describe(path);
  if (seen !== "a path" && seen !== "a string") {
    return invalidOption(option, `${seen}, not a path`, "the path of a file", inline);
  }
  const where = `a path at which there is no file (${code}; it exists up to ${JSON.stringify(nearestDirectory(located))})`;
  return invalidOption(option, where, "the path of a file that this process may read");
}

/** The code of a file system error, whose message contains the path. */
export function failureCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : describe(error);
}

function locate(path: string, { directory = "" }: Pick<FileOption, "directory">): string {
  return resolve(directory, path);
}

/** The deepest existing directory on the path of a file. */
function nearestDirectory(path: string): string {
  let directory = dirname(path);
  while (!existsSafely(directory) && directory !== dirname(directory)) directory = dirname(directory);
  return directory;
}

function existsSafely(path: string): boolean {
  return path.length < 4_096 && existsSync(path);
}
