import type { ConnectError } from "@connectrpc/connect";
import { findFailure } from "../transport/faults/failure.ts";

/** Whether the server said it. A transport of the user's own keeps no record, but Connect marks some errors. */
export function isFromServer(error: ConnectError): boolean {
  return findFailure(error)?.origin === "server" || error.isWireError;
}
