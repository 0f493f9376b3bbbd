import type { Code } from "@connectrpc/connect";
import type { FaultName } from "./faults/faults.ts";

/**
 * Why a connection takes no more calls: the server sent GOAWAY, it was idle, it reached its maximum age, it ran out of
 * stream ids, or it broke.
 */
export type SessionEndReason = "goaway" | "idle" | "age" | "stream-ids" | "error";

/** What a connection reports about itself. No event carries a header, a message or a secret. */
export type TransportEvent =
  | { readonly type: "session-opened"; readonly maxConcurrentStreams: number }
  /** The connection takes no more calls; `calls` are still running on it. */
  | { readonly type: "session-draining"; readonly reason: SessionEndReason; readonly calls: number }
  | { readonly type: "session-closed" }
  /** `debugData`: the server's reason, for people; empty if it gave none. */
  | {
      readonly type: "goaway";
      readonly errorCode: number;
      readonly lastStreamId: number;
      readonly debugData: string;
    }
  /** The response to a ping is late: reads move to another connection, writes go on waiting. */
  | { readonly type: "ping-late"; readonly calls: number }
  /** A ping got no response: the connection was given up. */
  | { readonly type: "ping-timeout"; readonly calls: number }
  | { readonly type: "connect-failed"; readonly reason: string; readonly delayMs: number }
  /** `service` is absent if the change applies to all services. */
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
      /** The number of the next attempt. */
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** The number of calls that the server handles at a time has changed. */
  | { readonly type: "pace-changed"; readonly maxInFlight: number; readonly pausedMs: number };

export type OnTransportEvent = (event: TransportEvent) => void;
