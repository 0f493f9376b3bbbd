import { once } from "node:events";
import util from "node:util";
import { toLine, toLines } from "../shared/plain-text.ts";

/** The parts of a process that a command line uses. */
export interface CliProcess {
  readonly directory: string;
  /** Environment variables. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Results. */
  out(text: string): void;
  /** Everything that is not a result: warnings, errors. */
  err(text: string): void;
  /** Shows progress, in a line that the next one replaces. Does nothing where nobody watches, such as in CI. */
  status(text: string): void;
  /** The width of the terminal that results are written to. Absent if it is not a terminal. */
  readonly columns?: number | undefined;
  /** Whether results may have colors. Default: false. */
  readonly colors?: boolean | undefined;
  /** Resolves when more results may be written. Default: at once. */
  drained?(): Promise<void>;
  /** Aborted when nobody reads the results any longer. Default: never. */
  readonly closed?: AbortSignal | undefined;
  /** All of standard input. Default: empty. */
  readInput?(): Promise<string>;
  /** Asks the user. Absent if there is nobody to ask. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** The style of a piece of text, on a terminal with colors. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A text, or a piece of one with its style. */
export type Text = string | { readonly text: string; readonly style: Style };

/** How a command talks to the world. Control characters in texts from servers and files never reach the terminal. */
export interface Terminal {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** `--debug` was given. */
  readonly debug: boolean;
  /** The width of the terminal that results are written to; undefined if it is not a terminal. */
  readonly columns: number | undefined;
  /** Writes results. */
  out(...pieces: Text[]): void;
  /** Writes what is not a result. */
  err(text: string): void;
  /** Shows progress. */
  status(text: string): void;
  /** Resolves when more results may be written: wait for it now and then when writing many. */
  drained(): Promise<void>;
  /** Aborted when nobody reads the results any longer, as with `| head`: the command then ends successfully. */
  readonly closed: AbortSignal;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Asks the user at the terminal; undefined if there is nobody to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** Texts from servers, registries and files reach the terminal as plain text, never as commands to it or to CI. */
export function createTerminal(given: CliProcess, debug: boolean): Terminal {
  const { directory, env = process.env, columns, colors = false, ask } = given;
  const render = (piece: Text): string => {
    if (typeof piece === "string") return toLines(piece);
    const text = toLines(piece.text);
    return colors ? util.styleText(piece.style, text, { validateStream: false }) : text;
  };
  return {
    directory,
    env,
    debug,
    columns,
    out: (...pieces) => given.out(pieces.map(render).join("")),
    err: (text) => given.err(toLines(text)),
    status: (text) => given.status(toLine(text)),
    drained: async () => await given.drained?.(),
    closed: given.closed ?? new AbortController().signal,
    readInput: async () => (await given.readInput?.()) ?? "",
    ask: ask && ((question) => ask(toLines(question))),
  };
}

/** The streams of this process. */
export function createProcess(): CliProcess {
  const { stdin, stdout, stderr, env } = process;
  const watched = stderr.isTTY === true && env["CI"] === undefined;
  const closed = new AbortController();
  // A reader that stops early, such as `head`, is not a failure.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed.abort();
  });
  stderr.on("error", ignoreClosedPipe);
  const clear = () => {
    if (watched) stderr.write("\r\u001b[K");
  };
  return {
    directory: process.cwd(),
    columns: stdout.isTTY === true ? stdout.columns : undefined,
    colors: stdout.isTTY === true && stdout.hasColors(),
    closed: closed.signal,
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
    async drained() {
      if (!stdout.writableNeedDrain || closed.signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      stdout.once("drain", resolve);
      closed.signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    },
    async readInput() {
      const { text } = await import("node:stream/consumers");
      return await text(stdin);
    },
    ask: stdin.isTTY === true && stderr.isTTY === true ? askOnTerminal : undefined,
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // The end of the input is not an answer.
    return await Promise.race([lines.question(question), once(lines, "close").then(() => "")]);
  } finally {
    lines.close();
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
