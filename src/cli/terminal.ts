/** What a command has to do with the world. */
export interface Terminal {
  readonly directory: string;
  /** Environment variables. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Results. */
  out(text: string): void;
  /** Everything that is not a result: warnings, errors. */
  err(text: string): void;
  /** Shows what is going on, in one line that the next one replaces; nothing where nobody watches, such as in CI. */
  status(text: string): void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  const watched = stderr.isTTY === true && process.env["CI"] === undefined;
  for (const stream of [stdout, stderr]) stream.on("error", ignoreClosedPipe);
  const clear = () => {
    if (watched) stderr.write("\r\u001b[K");
  };
  return {
    directory: process.cwd(),
    out(text) {
      clear();
      stdout.write(text);
    },
    err(text) {
      clear();
      stderr.write(text);
    },
    status(text) {
      clear();
      if (watched) stderr.write(text.slice(0, stderr.columns - 1));
    },
  };
}

/** A reader that has enough, such as `head`, is no failure: what a command does goes on, and has its own exit code. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
