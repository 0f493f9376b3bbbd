import { Code, ConnectError } from "@connectrpc/connect";
import { toLine } from "../../shared/plain-text.ts";
import { describeFailure, faultError } from "../faults.ts";

/**
 * The error of a response in the protocol. Only the caller can cancel or run out of time: if the server reports one of
 * these two codes, something in the server, or in front of it, has given up.
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

/** The error without control characters in its text and stack. */
function withPlainText(error: ConnectError): ConnectError {
  const text = toLine(error.rawMessage);
  if (text === error.rawMessage) return error;
  const plain = new ConnectError(text, error.code, error.metadata);
  plain.details = error.details;
  return plain;
}

/**
 * The error of a response that is not in the protocol, derived from its HTTP status: it does not come from the service, but
 * from something in front of it.
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

/** Zitadel responds 404 to an unknown method, as text; to an unknown service its REST gateway does, in JSON. */
function notFound(message: string, text: string, metadata: Headers): ConnectError {
  const unimplemented = /^404 page not found/.test(text)
    ? "method"
    : /"code":\s*5\b/.test(text)
      ? "service"
      : undefined;
  return unimplemented === undefined
    ? faultError(
        "not-routed",
        `The response does not come from Zitadel, but from something in front of it (${message})`,
        { metadata },
      )
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

/** An excerpt of a body that is not in the protocol, for an error message. Empty for web pages. */
export function excerpt(body: Uint8Array, contentType: string | undefined): string {
  if (contentType === undefined || !/^(text\/plain|application\/json)/.test(contentType)) return "";
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString("utf8").trim();
}
