import { tracingChannel } from "node:diagnostics_channel";
import type { ZitadelError } from "../errors/zitadel-error.ts";
import type { CallObserver, FinishedCall } from "./call-observer.ts";

/**
 * The message that subscribers of the tracing channel `zitadel-connect:call` get; the same object at each step of a call.
 */
export interface CallMessage {
  /** Such as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  /** The origin of the server. */
  readonly server: string;
  /** The protocol of the response, or else the one that was tried. */
  protocol: string;
  /** Set from `asyncStart` on. */
  result?: Pick<FinishedCall, "attempts" | "durationMs" | "requestId"> | undefined;
  /** Set if the call failed. */
  error?: ZitadelError | undefined;
}

const channel = tracingChannel<CallMessage, CallMessage>("zitadel-connect:call");

/** Publishes calls for application performance monitors, without bodies and headers, which may contain secrets. */
export const callChannel: CallObserver & { isSubscribed(): boolean } = {
  isSubscribed: () => channel.hasSubscribers,
  begin({ method, origin, protocol }) {
    const message: CallMessage = { method, server: origin, protocol };
    return {
      run(call) {
        return channel.start.runStores(message, () => {
          try {
            return call();
          } finally {
            channel.end.publish(message);
          }
        });
      },
      end({ error, protocol: used, attempts, durationMs, requestId }) {
        message.protocol = used ?? protocol;
        message.result = { attempts, durationMs, requestId };
        if (error !== undefined) {
          message.error = error;
          channel.error.publish(message);
        }
        channel.asyncStart.runStores(message, () => channel.asyncEnd.publish(message));
      },
    };
  },
};
