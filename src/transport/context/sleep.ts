import type { Clock } from "../../shared/clock.ts";
import type { CallContext } from "./call-context.ts";

/** Waits `ms` milliseconds on behalf of a call. Rejects when its context ends before. */
export function sleepWithin(context: CallContext, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      context.offEnd(sleeper);
    };
    const wake = () => {
      stop();
      resolve();
    };
    const sleeper = {
      onContextEnd() {
        stop();
        reject(context.ended);
      },
    };
    const cancel = clock.setTimer(wake, ms, true);
    context.onEnd(sleeper);
  });
}
