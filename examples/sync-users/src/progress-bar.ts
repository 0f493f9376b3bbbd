/** The progress of a copy. */
export interface CopyProgress {
  /** How many users and organizations are copied. */
  readonly done: number;
  /** How many there are, as far as is known. */
  readonly total: number;
}

const WIDTH = 30;
/** The interval between lines without a terminal, in milliseconds. */
const LINE_EVERY_MS = 10_000;

/**
 * Shows the progress of a copy, its speed and the remaining time: as a bar on a terminal, or as a line now and then.
 */
export function progressBar(
  output: Pick<NodeJS.WriteStream, "isTTY" | "write">,
  now: () => number = () => performance.now(),
): (progress: CopyProgress) => void {
  let first: (CopyProgress & { readonly at: number }) | undefined;
  let lastLine = now();
  let isDone = false;
  return ({ done, total }) => {
    if (isDone) return;
    // A resumed copy has not done everything in this process.
    first ??= { done, total, at: now() };
    const perMs = now() === first.at ? 0 : (done - first.done) / (now() - first.at);
    const text = describe(done, total, perMs);
    isDone = done >= total;
    if (output.isTTY) {
      const filled = total === 0 ? WIDTH : Math.min(WIDTH, Math.floor((done / total) * WIDTH));
      const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      output.write(`\r${bar} ${text}\x1b[K${isDone ? "\n" : ""}`);
    } else if (isDone || now() - lastLine >= LINE_EVERY_MS) {
      lastLine = now();
      output.write(`copied ${text}\n`);
    }
  };
}

function describe(done: number, total: number, perMs: number): string {
  const text = `${done} of ${total}`;
  if (perMs === 0) return text;
  const seconds = Math.ceil(Math.max(0, total - done) / perMs / 1000);
  return `${text}, ${Math.round(perMs * 1000)} a second, ${seconds} s left`;
}
