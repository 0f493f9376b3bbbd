import { AsyncLocalStorage } from "node:async_hooks";

/** Which calls go first where a client's pace lets not all of them go: those that somebody waits for, or those of jobs. */
export type CallPriority = "interactive" | "background";

const scope = new AsyncLocalStorage<CallPriority>();

/** Runs something whose calls have a priority, unless they say otherwise. */
export function withPriority<T>(priority: CallPriority, run: () => T): T {
  return scope.run(priority, run);
}

/** The priority of what is running. */
export function currentPriority(): CallPriority {
  return scope.getStore() ?? "interactive";
}
