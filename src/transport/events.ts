import type { Code } from "@connectrpc/connect";
import type { FaultName } from "./faults.ts";

/**
 * Why a connection accepts no more calls: the server sent GOAWAY, it was idle, it reached its maximum age, it ran out of
 * stream ids, or it broke.
 */
export type SessionEndReason = "goaway" | "idle" | "age" | "stream-ids" | "error";

/** What a connection reports about itself. No event carries a header, a message or a secret. */
export type TransportEvent =
  | {
      /** A connection is open. */
      readonly type: "session-opened";
      readonly maxConcurrentStreams: number;
    }
  | {
      /** A connection accepts no more calls. */
      readonly type: "session-draining";
      readonly reason: SessionEndReason;
      /** How many calls are still running on it. */
      readonly calls: number;
    }
  | {
      /** A connection is closed. */
      readonly type: "session-closed";
    }
  | {
      /** The server is ending a connection (RFC 9113 section 6.8). */
      readonly type: "goaway";
      readonly errorCode: number;
      readonly lastStreamId: number;
      /** The server's reason, for people; empty if it gave none. */
      readonly debugData: string;
    }
  | {
      /** The response to a ping is late: reads move to another connection, writes keep waiting. */
      readonly type: "ping-late";
      readonly calls: number;
    }
  | {
      /** A ping got no response: the connection was given up. */
      readonly type: "ping-timeout";
      readonly calls: number;
    }
  | {
      /** An attempt to connect failed. The next one follows after `delayMs`. */
      readonly type: "connect-failed";
      readonly reason: string;
      readonly delayMs: number;
    }
  | {
      /** Calls are sent in another protocol from now on. */
      readonly type: "protocol-fallback";
      /** Absent if the change applies to all services. */
      readonly service?: string | undefined;
      readonly from: "connect" | "grpc";
      readonly to: "grpc" | "grpc-web";
    }
  | {
      /** An attempt of a call begins. */
      readonly type: "attempt-started";
      readonly method: string;
      readonly attempt: number;
    }
  | {
      /** An attempt of a call failed. */
      readonly type: "attempt-failed";
      readonly method: string;
      readonly attempt: number;
      readonly code: Code | undefined;
      readonly fault: FaultName | undefined;
    }
  | {
      /** A call will be sent again. */
      readonly type: "retrying";
      readonly method: string;
      /** The number of the next attempt. */
      readonly attempt: number;
      readonly delayMs: number;
    }
  | {
      /** The number of calls that the server handles at a time has changed. */
      readonly type: "pace-changed";
      readonly maxInFlight: number;
      readonly pausedMs: number;
    };

export type OnTransportEvent = (event: TransportEvent) => void;
