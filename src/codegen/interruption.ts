const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Cleanup = () => void | Promise<void>;

const cleanups = new Set<Cleanup>();
let interrupted = false;

/**
 * Registers a cleanup to run before the process ends on a signal, such as Ctrl-C. The last one registered runs first.
 * The process then ends by that signal, as it would have without this.
 *
 * @returns a function that removes the registration
 */
export function onInterruption(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0 && !interrupted) stopListening();
  };
}

/** Whether the process is about to end. Later failures are caused by that, and are not reported. */
export function isInterrupted(): boolean {
  return interrupted;
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (interrupted) return;
  interrupted = true;
  for (const cleanup of [...cleanups].reverse()) await cleanup();
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, end);
}
