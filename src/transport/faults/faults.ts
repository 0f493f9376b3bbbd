import { Code } from "@connectrpc/connect";

/** What a network event becomes. */
export interface Fault {
  readonly code: Code;
  /** Whether the server may have processed the request: `no` only if the protocol proves that it has not. */
  readonly processed: "no" | "maybe";
  /** Which calls are retried. */
  readonly retry: "any" | "reads" | "never";
}

/** The name of a row in the table of network events. */
export type FaultName =
  | "not-connected"
  | "connection-rejected"
  | "connection-lost"
  | "ping-timeout"
  | "goaway-unprocessed"
  | "stream-refused"
  | "enhance-your-calm"
  | "stream-cancelled"
  | "stream-ended-early"
  | "stream-failed"
  | "http-1.1-required"
  | "truncated-response"
  | "gateway-error"
  | "rate-limited"
  | "http-error"
  | "not-served"
  | "not-routed"
  | "grpc-blocked"
  | "headers-too-large"
  | "malformed-response"
  | "missing-status"
  | "response-too-large"
  | "server-cancelled"
  | "deadline"
  | "aborted"
  | "closed";

/**
 * Every network event and the error that callers get for it. docs/networking.md shows the same table to users; a test
 * compares the two.
 */
export const faults: Readonly<Record<FaultName, Fault>> = {
  "not-connected": { code: Code.Unavailable, processed: "no", retry: "never" },
  "connection-rejected": { code: Code.Unavailable, processed: "no", retry: "never" },
  "connection-lost": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "ping-timeout": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "goaway-unprocessed": { code: Code.Unavailable, processed: "no", retry: "any" },
  "stream-refused": { code: Code.Unavailable, processed: "no", retry: "any" },
  "enhance-your-calm": { code: Code.ResourceExhausted, processed: "maybe", retry: "reads" },
  "stream-cancelled": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "stream-ended-early": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "stream-failed": { code: Code.Internal, processed: "maybe", retry: "reads" },
  "http-1.1-required": { code: Code.Unavailable, processed: "maybe", retry: "never" },
  "truncated-response": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "gateway-error": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  "rate-limited": { code: Code.ResourceExhausted, processed: "maybe", retry: "reads" },
  "http-error": { code: Code.Unknown, processed: "maybe", retry: "never" },
  "not-served": { code: Code.Unimplemented, processed: "no", retry: "never" },
  "not-routed": { code: Code.Unimplemented, processed: "no", retry: "never" },
  "grpc-blocked": { code: Code.Unimplemented, processed: "no", retry: "never" },
  "headers-too-large": { code: Code.ResourceExhausted, processed: "no", retry: "never" },
  "malformed-response": { code: Code.Internal, processed: "maybe", retry: "never" },
  "missing-status": { code: Code.Internal, processed: "maybe", retry: "never" },
  "response-too-large": { code: Code.ResourceExhausted, processed: "maybe", retry: "never" },
  "server-cancelled": { code: Code.Unavailable, processed: "maybe", retry: "reads" },
  deadline: { code: Code.DeadlineExceeded, processed: "maybe", retry: "never" },
  aborted: { code: Code.Canceled, processed: "maybe", retry: "never" },
  closed: { code: Code.Canceled, processed: "maybe", retry: "never" },
};
