import { AsyncLocalStorage } from "node:async_hooks";
import type { TransportEvent } from "../transport/events.ts";

/** Tells which call an event of the transport belongs to. Costs nothing before the first call that is observed. */
const scope = new AsyncLocalStorage<(event: TransportEvent) => void>();

/** Runs a call whose events `listener` is told. */
export function runInScope<T>(listener: (event: TransportEvent) => void, call: () => T): T {
  return scope.run(listener, call);
}

/** Tells an event to the call in which it happens, if there is one and it is observed. */
export function tellCall(event: TransportEvent): void {
  scope.getStore()?.(event);
}
