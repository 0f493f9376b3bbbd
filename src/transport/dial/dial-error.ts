/** A failure to connect that waiting does not cure, such as a certificate that is not trusted. */
export class DialError extends Error {}

/** The server speaks only HTTP/1.1. */
export class HttpVersionError extends DialError {}

/** No connection was made in time, so nothing was sent. The cause is the last failure to connect. */
export class NotConnectedError extends Error {}

/** Why there is no connection, in one line. Node puts the reasons of several addresses into one error without a message. */
export function toReason(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(toReason))].join("; ");
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${toReason(error.cause)}` : error.message;
}
