import { Code, type ConnectError } from "@connectrpc/connect";

/**
 * Two writes on one aggregate took the same place in the event store. The losing one was rolled back. Only
 * the name of the constraint in the text tells.
 */
export function isWriteConflict({ code, rawMessage }: ConnectError): boolean {
  return code === Code.Unknown && rawMessage.includes("events2_pkey");
}
