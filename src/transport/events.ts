import type { Code } from "@connectrpc/connect";
import type { FaultName } from "./faults/faults.ts";

/** What a connection tells of itself. No event carries a header, a message or a secret. */
export type TransportEvent =
  | { readonly type: "session-opened"; readonly maxConcurrentStreams: number }
  | { readonly type: "session-closed" }
  | { readonly type: "goaway"; readonly errorCode: number; readonly lastStreamId: number }
  | { readonly type: "ping-timeout"; readonly calls: number }
  | { readonly type: "connect-failed"; readonly reason: string; readonly delayMs: number }
  | { readonly type: "protocol-fallback"; readonly service: string }
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
    };

export type OnTransportEvent = (event: TransportEvent) => void;
