import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "./connector.ts";
import { DialError } from "./dial-error.ts";
import { faultError } from "./fault-error.ts";
import { httpError, serverError } from "./server-error.ts";

/** What connect-node says, in the terms of the table of network events. */
export function http1Error(error: unknown): unknown {
  return error instanceof ConnectError ? normalize(error) : error;
}

function normalize(error: ConnectError): ConnectError {
  const { cause, metadata, rawMessage, code } = error;
  if (cause instanceof DialError) return faultError("connection-rejected", reasonOf(cause), { cause });
  if (cause instanceof Error && "code" in cause) {
    const opened = !/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/.test(
      String(cause.code),
    );
    return faultError(opened ? "connection-lost" : "not-connected", reasonOf(cause), { cause });
  }
  const status = /^HTTP (\d{3})$/.exec(rawMessage)?.[1];
  if (status !== undefined) return httpError(Number(status), "", metadata);
  if (code === Code.ResourceExhausted && /readMaxBytes/.test(rawMessage)) {
    return faultError("answer-too-large", rawMessage);
  }
  return serverError(error);
}
