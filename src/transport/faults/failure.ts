import { Code, ConnectError } from "@connectrpc/connect";
import { toLine } from "../../shared/plain-text.ts";
import { type Fault, type FaultName, faults } from "./faults.ts";

/** What is known of a failed call beyond its error. */
export interface CallFailure {
  /**
   * Who made the error: the server by a response in its protocol, or the way to it. Else it came from an
   * interceptor.
   */
  readonly origin: "server" | "transport" | "interceptor";
  /** The row of the table of network events, for those of the transport. */
  readonly fault?: FaultName | undefined;
  /** The protocol proves that the server has not run the request, in none of its attempts. */
  readonly unprocessed: boolean;
  /** The server does not serve this service or method at all: it is of another version. */
  readonly unimplemented?: "service" | "method" | undefined;
  /** The connection that was lost had brought responses before. */
  readonly connectionHadWorked?: boolean | undefined;
  /** What the server said when it gave up the connection by a GOAWAY with an error. */
  readonly complaint?: string | undefined;
  /** How often the request was sent, or would have been had there been a connection. */
  readonly attempts: number;
  /** From the start of the call to its failure, in milliseconds. */
  readonly elapsedMs: number;
}

/** A weak map, so that it also serves errors of others, and shows in no inspection or JSON. */
const failures = new WeakMap<object, CallFailure>();

/** What is known of the failed call that threw `error`; `undefined` for an error that no call threw. */
export function findFailure(error: unknown): CallFailure | undefined {
  return typeof error === "object" && error !== null ? failures.get(error) : undefined;
}

/** Adds to what is known of the failure behind `error`. */
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

/** What a {@link faultError} may say beyond its row. */
export interface FaultDetails
  extends Pick<CallFailure, "unimplemented" | "connectionHadWorked" | "complaint"> {
  readonly cause?: unknown;
  /** The headers of the response, if one came. */
  readonly metadata?: Headers | undefined;
  /** Where the HTTP status says more than the row. */
  readonly code?: Code | undefined;
}

/** The error of a row. */
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
 * Two writes on one aggregate took the same place in the event store. The losing one was rolled back. Only
 * the name of the constraint in the text tells.
 */
export function isWriteConflict({ code, rawMessage }: ConnectError): boolean {
  return code === Code.Unknown && rawMessage.includes("events2_pkey");
}
