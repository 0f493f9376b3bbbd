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
  const cause = error.cause instanceof Error ? toReason(error.cause) : "";
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

/** Node names the failures of certificate verification and TLS negotiation by many codes of these shapes. */
export function isVerification(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|ISSUER|SIGNATURE|^ERR_(TLS|SSL)/.test(code);
}

/** The runtime's permissions do not allow it: Deno's, or Node's with `--permission`. */
export function isDenied(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, syscall }: NodeJS.ErrnoException = error;
  return (
    error.name === "NotCapable" ||
    code === "ERR_ACCESS_DENIED" ||
    (code === "EPERM" && syscall === "getaddrinfo")
  );
}
