import { Code, ConnectError } from "@connectrpc/connect";
import { DialError, NotConnectedError } from "../dial/dial-error.ts";
import { failureOf } from "../faults/failure.ts";
import { faultError } from "../faults/fault-error.ts";
import { reasonOf } from "../http2/connector.ts";
import { httpError, serverError } from "../protocol/server-error.ts";

/** What connect-node says, in the terms of the table of network events. */
export function http1Error(error: unknown): unknown {
  return error instanceof ConnectError ? normalize(error) : error;
}

function normalize(error: ConnectError): ConnectError {
  if (failureOf(error)?.origin === "transport") return error;
  const { cause, metadata, rawMessage, code } = error;
  if (cause instanceof DialError) return faultError("connection-rejected", reasonOf(cause), { cause });
  if (cause instanceof NotConnectedError) return faultError("not-connected", cause.message, { cause });
  if (cause instanceof Error && "code" in cause) {
    return faultError("connection-lost", reasonOf(cause), { cause });
  }
  const status = /^HTTP (\d{3})$/.exec(rawMessage)?.[1];
  if (status !== undefined) return httpError(Number(status), "", metadata);
  if (code === Code.ResourceExhausted && /readMaxBytes/.test(rawMessage)) {
    return faultError("response-too-large", rawMessage);
  }
  return serverError(error);
}
