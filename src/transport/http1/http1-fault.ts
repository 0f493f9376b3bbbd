import type { ConnectError } from "@connectrpc/connect";
import { DialError, NotConnectedError, toReason } from "../dial/dial-error.ts";
import { findFailure } from "../faults/failure.ts";
import { faultError } from "../faults/fault-error.ts";

/** What Node says of a request over HTTP/1.1, in the terms of the table of network events. */
export function http1Fault(error: unknown): unknown {
  return findFailure(error)?.origin === "transport" ? error : (toFault(error) ?? error);
}

/** The fault behind what a dial, or Node, has thrown. */
export function toFault(cause: unknown): ConnectError | undefined {
  if (cause instanceof DialError) return faultError("connection-rejected", toReason(cause), { cause });
  if (cause instanceof NotConnectedError) return faultError("not-connected", cause.message, { cause });
  if (cause instanceof Error && "code" in cause) {
    return faultError("connection-lost", toReason(cause), { cause });
  }
  return undefined;
}
