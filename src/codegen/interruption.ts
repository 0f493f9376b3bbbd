const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Cleanup = () => void | Promise<void>;

const cleanups = new Set<Cleanup>();
let interrupted = false;

/**
 * Registers what has to be done before the process ends on a signal, such as Ctrl-C. The last that was registered is
 * done first. The process then ends on that very signal, as it would have without this.
 *
 * @returns a function that takes the registration back
 */
export function onInterruption(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0 && !interrupted) stopListening();
  };
}

/** Whether the process is about to end: what fails from now on, fails because of that, and is not told. */
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
