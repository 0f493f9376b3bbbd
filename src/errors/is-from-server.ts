import type { ConnectError } from "@connectrpc/connect";
import { findFailure } from "../transport/faults.ts";

/** Whether the server sent the error. A custom transport does not record that, but Connect marks some errors. */
export function isFromServer(error: ConnectError): boolean {
  return findFailure(error)?.origin === "server" || error.isWireError;
}
