import { tracingChannel } from "node:diagnostics_channel";
import type { CallMessage } from "../observation/call-channel.ts";

/** A counter of a program's calls. */
export interface CallCounter {
  /** How often each RPC was called, by names such as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly calls: ReadonlyMap<string, number>;
  /** The counts as lines of JSON, which `zitadel-connect service-user permissions --from-log` reads. */
  toNdjson(): string;
  /** Stops counting. */
  stop(): void;
  [Symbol.dispose](): void;
}

/**
 * Counts the calls of all clients in this process from now on, including failed ones, through the diagnostics channel
 * `zitadel-connect:call`. For {@link reportPermissions}.
 */
export function countCalls(): CallCounter {
  const calls = new Map<string, number>();
  const channel = tracingChannel<CallMessage, CallMessage>("zitadel-connect:call");
  const onStart = (message: unknown): void => {
    // This package publishes messages of this type.
    const { method } = message as CallMessage;
    calls.set(method, (calls.get(method) ?? 0) + 1);
  };
  channel.start.subscribe(onStart);
  const stop = (): void => {
    channel.start.unsubscribe(onStart);
  };
  return {
    calls,
    toNdjson: () => [...calls].map(([method, count]) => `${JSON.stringify({ method, count })}\n`).join(""),
    stop,
    [Symbol.dispose]: stop,
  };
}
