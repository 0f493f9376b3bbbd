import { Code, ConnectError } from "@connectrpc/connect";
import { toLine } from "../../shared/plain-text.ts";
import { describeFailure, faultError } from "../faults/failure.ts";

/**
 * The error of a server that responded in its protocol. Two codes are the caller's alone; when somebody else says
 * them, something on the way, or in the server, gave up.
 */
export function serverError(received: ConnectError, unimplemented?: "service" | "method"): ConnectError {
  const error = withPlainText(received);
  if (error.code === Code.Canceled || error.code === Code.DeadlineExceeded) {
    const message = `The server gave up: ${error.message}`;
    return faultError("server-cancelled", message, { cause: error, metadata: error.metadata });
  }
  describeFailure(error, { origin: "server", unprocessed: unimplemented !== undefined, unimplemented });
  return error;
}

/** An error in whose text and stack there is nothing that a terminal obeys. */
function withPlainText(error: ConnectError): ConnectError {
  const text = toLine(error.rawMessage);
  if (text === error.rawMessage) return error;
  const plain = new ConnectError(text, error.code, error.metadata);
  plain.details = error.details;
  return plain;
}

/**
 * The error of an HTTP status that came without a response in the protocol: not from the service, but from before
 * it.
 */
export function httpError(status: number, text: string, metadata: Headers): ConnectError {
  const message = text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
  switch (status) {
    case 404:
      return notFound(message, text, metadata);
    case 429:
      return faultError("rate-limited", message, { metadata });
    case 431:
      return faultError("headers-too-large", message, { metadata });
    case 502:
    case 503:
    case 504:
      return faultError("gateway-error", message, { metadata });
    default:
      return faultError("http-error", message, { metadata, code: HTTP_CODES[status] });
  }
}

/** Zitadel says 404 of an unknown method, as text; of an unknown service its REST gateway does, in JSON. */
function notFound(message: string, text: string, metadata: Headers): ConnectError {
  const unimplemented = /^404 page not found/.test(text)
    ? "method"
    : /"code":\s*5\b/.test(text)
      ? "service"
      : undefined;
  return unimplemented === undefined
    ? faultError("not-routed", `No Zitadel responded, but something on the way (${message})`, { metadata })
    : faultError("not-served", `The server does not serve this ${unimplemented} (${message})`, {
        metadata,
        unimplemented,
      });
}

const HTTP_CODES: Readonly<Record<number, Code>> = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
};

/** As much of a body that is not in the protocol as an error message can bear. Nothing of a web page. */
export function excerpt(body: Uint8Array, contentType: string | undefined): string {
  if (contentType === undefined || !/^(text\/plain|application\/json)/.test(contentType)) return "";
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString("utf8").trim();
}
