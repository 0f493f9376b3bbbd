import { Code, ConnectError } from "@connectrpc/connect";
import { toLine } from "../shared/plain-text.ts";

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

/** What is known about a failed call beyond its error. */
export interface CallFailure {
  /** Where the error came from: a response of the server in its protocol, the network in between, or an interceptor. */
  readonly origin: "server" | "transport" | "interceptor";
  /** The fault, for errors of the transport. */
  readonly fault?: FaultName | undefined;
  /** The protocol proves that the server has processed none of the attempts. */
  readonly unprocessed: boolean;
  /** The server lacks this service or method: it has a different version. */
  readonly unimplemented?: "service" | "method" | undefined;
  /** Responses had arrived over the connection that was lost. */
  readonly connectionHadWorked?: boolean | undefined;
  /** The server's reason for ending the connection, from a GOAWAY with an error. */
  readonly complaint?: string | undefined;
  /** How many times the request was sent, or would have been if there had been a connection. */
  readonly attempts: number;
  /** From the start of the call to its failure, in milliseconds. */
  readonly elapsedMs: number;
}

/** A weak map: it works for errors that we did not create, and shows up in no inspection or JSON. */
const failures = new WeakMap<object, CallFailure>();

/** What is known about the failed call that threw `error`; `undefined` for any other error. */
export function findFailure(error: unknown): CallFailure | undefined {
  return typeof error === "object" && error !== null ? failures.get(error) : undefined;
}

/** Adds to what is known about the failure behind `error`. */
export function describeFailure(error: unknown, known: Partial<CallFailure>): void {
  if (typeof error !== "object" || error === null) return;
  const before = failures.get(error) ?? {
    origin: "interceptor",
    unprocessed: false,
    attempts: 0,
    elapsedMs: 0,
  };
  failures.set(error, { ...before, ...known });
}

/** What a {@link faultError} may add to its row in the table. */
export interface FaultDetails
  extends Pick<CallFailure, "unimplemented" | "connectionHadWorked" | "complaint"> {
  readonly cause?: unknown;
  /** The headers of the response, if there was one. */
  readonly metadata?: Headers | undefined;
  /** Default: the code of the row. For HTTP statuses that say more. */
  readonly code?: Code | undefined;
}

/** Creates the error of a fault. */
export function faultError(name: FaultName, message: string, details: FaultDetails = {}): ConnectError {
  const { code, processed }: Fault = faults[name];
  const { unimplemented, connectionHadWorked, complaint, metadata, cause } = details;
  const error = new ConnectError(toLine(message), details.code ?? code, metadata, undefined, cause);
  describeFailure(error, {
    origin: "transport",
    fault: name,
    unprocessed: processed === "no",
    unimplemented,
    connectionHadWorked,
    complaint: complaint && toLine(complaint),
  });
  return error;
}

/**
 * Whether two writes to one aggregate claimed the same position in the event store, and this one was rolled back. Only the
 * name of the constraint in the text shows it.
 */
export function isWriteConflict({ code, rawMessage }: ConnectError): boolean {
  return code === Code.Unknown && rawMessage.includes("events2_pkey");
}
