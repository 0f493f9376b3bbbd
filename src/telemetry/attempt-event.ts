import type { Attributes } from "@opentelemetry/api";
import { codeName } from "../errors/code-name.ts";
import type { TransportEvent } from "../transport/events.ts";

/** The span event for an attempt; `undefined` for events that are not about one call. */
export function attemptEvent(event: TransportEvent): { name: string; attributes: Attributes } | undefined {
  switch (event.type) {
    case "attempt-started":
      return { name: "zitadel.attempt", attributes: { "zitadel.attempt": event.attempt } };
    case "attempt-failed":
      return {
        name: "zitadel.attempt.failed",
        attributes: {
          "zitadel.attempt": event.attempt,
          ...(event.code === undefined ? {} : { "error.type": codeName(event.code) }),
          ...(event.fault === undefined ? {} : { "zitadel.fault": event.fault }),
        },
      };
    case "retrying":
      return {
        name: "zitadel.retry",
        attributes: { "zitadel.attempt": event.attempt, "zitadel.retry.delay_ms": event.delayMs },
      };
    default:
      return undefined;
  }
}
