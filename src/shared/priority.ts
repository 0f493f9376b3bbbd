import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Which calls go first when a client's pace holds calls back: `interactive` ones, which someone is waiting for, go before
 * `background` ones of jobs.
 */
export type CallPriority = "interactive" | "background";

const scope = new AsyncLocalStorage<CallPriority>();

/** Runs a function whose calls have this priority, unless they set their own. */
export function withPriority<T>(priority: CallPriority, run: () => T): T {
  return scope.run(priority, run);
}

/** The priority of the current context. */
export function currentPriority(): CallPriority {
  return scope.getStore() ?? "interactive";
}
