import { type Code, ConnectError } from "@connectrpc/connect";
import { toLine } from "../../shared/plain-text.ts";
import { type CallFailure, describeFailure } from "./failure.ts";
import { type Fault, type FaultName, faults } from "./faults.ts";

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
