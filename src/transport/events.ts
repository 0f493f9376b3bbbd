import type { Code } from "@connectrpc/connect";
import type { FaultName } from "./faults/faults.ts";

/**
 * Why a connection takes no more calls: the server said goodbye, it was idle, it has reached its largest age, its
 * stream ids have run out, or it broke.
 */
export type SessionEndReason = "goaway" | "idle" | "age" | "stream-ids" | "error";

/** What a connection reports of itself. No event carries a header, a message or a secret. */
export type TransportEvent =
  | { readonly type: "session-opened"; readonly maxConcurrentStreams: number }
  /** It takes no more calls; `calls` are still running on it. */
  | { readonly type: "session-draining"; readonly reason: SessionEndReason; readonly calls: number }
  | { readonly type: "session-closed" }
  /** `debugData`: what the server says of the reason, for people; empty if nothing. */
  | {
      readonly type: "goaway";
      readonly errorCode: number;
      readonly lastStreamId: number;
      readonly debugData: string;
    }
  /** The response to a ping is late: reads go to another connection, writes wait on. */
  | { readonly type: "ping-late"; readonly calls: number }
  /** There was no response to a ping: the connection was given up. */
  | { readonly type: "ping-timeout"; readonly calls: number }
  | { readonly type: "connect-failed"; readonly reason: string; readonly delayMs: number }
  /** `service` is absent where the change is for all services. */
  | {
      readonly type: "protocol-fallback";
      readonly service?: string | undefined;
      readonly from: "connect" | "grpc";
      readonly to: "grpc" | "grpc-web";
    }
  | { readonly type: "attempt-started"; readonly method: string; readonly attempt: number }
  | {
      readonly type: "attempt-failed";
      readonly method: string;
      readonly attempt: number;
      readonly code: Code | undefined;
      readonly fault: FaultName | undefined;
    }
  | {
      readonly type: "retrying";
      readonly method: string;
      /** The number of the attempt that follows. */
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** The pace has found out how many calls the server takes at a time. */
  | { readonly type: "pace-changed"; readonly maxInFlight: number; readonly pausedMs: number };

export type OnTransportEvent = (event: TransportEvent) => void;
