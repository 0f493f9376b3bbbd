import { AsyncLocalStorage } from "node:async_hooks";
import type { TransportEvent } from "../transport/events.ts";

/** Associates events of the transport with their call. Costs nothing before the first observed call. */
const scope = new AsyncLocalStorage<(event: TransportEvent) => void>();

/** Runs a call whose events `listener` receives. */
export function runInScope<T>(listener: (event: TransportEvent) => void, call: () => T): T {
  return scope.run(listener, call);
}

/** Passes an event to the call in which it occurs, if that is observed. */
export function emitCallEvent(event: TransportEvent): void {
  scope.getStore()?.(event);
}
