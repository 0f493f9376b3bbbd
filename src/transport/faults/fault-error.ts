import { type Code, ConnectError } from "@connectrpc/connect";
import { describeFailure } from "./failure.ts";
import { type Fault, type FaultName, faults } from "./faults.ts";

/** What a {@link faultError} may say beyond its row. */
export interface FaultDetails {
  readonly cause?: unknown;
  /** The headers of the answer, if one came. */
  readonly metadata?: Headers | undefined;
  /** Where the HTTP status says more than the row. */
  readonly code?: Code | undefined;
  /** What exactly the server does not serve. */
  readonly notServed?: "service" | "method" | undefined;
  /** The connection that was lost had brought answers before. */
  readonly connectionHadWorked?: boolean | undefined;
}

/** The error of a row. */
export function faultError(name: FaultName, message: string, details: FaultDetails = {}): ConnectError {
  const { code, processed }: Fault = faults[name];
  const error = new ConnectError(message, details.code ?? code, details.metadata, undefined, details.cause);
  describeFailure(error, {
    origin: "transport",
    fault: name,
    unprocessed: processed === "no",
    notServed: details.notServed,
    connectionHadWorked: details.connectionHadWorked,
  });
  return error;
}
