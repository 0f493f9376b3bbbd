import type { ConnectError } from "@connectrpc/connect";
import type { Backoff } from "../../shared/backoff.ts";
import { faultError, findFailure } from "../faults.ts";

/** A failure to connect that retrying does not fix, such as an untrusted certificate. */
export class DialError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "DialError";
  override readonly name: string = "DialError";
}

/**
 * The URL has the wrong scheme for the port. The message says it all: the errors of TLS and HTTP/2 would not help.
 */
export class SchemeError extends DialError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "SchemeError";
  override readonly name = "SchemeError";
}

/** The server only supports HTTP/1.1. */
export class HttpVersionError extends DialError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "HttpVersionError";
  override readonly name = "HttpVersionError";
}

/** No connection was made in time, so nothing was sent. The cause is the last failure to connect. */
export class NotConnectedError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "NotConnectedError";
  override readonly name: string = "NotConnectedError";
}

/**
 * After this many milliseconds, the next refusal is final if a port of this machine has refused all attempts: a wrong port is
 * more likely than a server that is about to start. With the pauses between attempts, calls wait for about two seconds.
 */
export const REFUSED_TIMEOUT_MS = 1_500;

/**
 * Nothing listens on a port to which the client has never been connected. There is little point in waiting, for a call or a
 * token.
 */
export class NothingListensError extends NotConnectedError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "NothingListensError";
  override readonly name = "NothingListensError";

  constructor(origin: string, cause: unknown) {
    super(`Nothing listens at ${origin} (${toReason(cause)})`, { cause });
  }
}

/** Whether a port of this machine refused the connection. On another machine, the server may be about to start. */
export function isRefusedHere(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefusedHere);
  if (!(error instanceof Error)) return false;
  const { code, address = "" }: NodeJS.ErrnoException & { address?: string } = error;
  return code === "ECONNREFUSED" && /^(127\.|::1$|::ffff:127\.)/.test(address);
}

/** Why there is no connection, in one line. For several addresses, Node throws one error without a message. */
export function toReason(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(toReason))].join("; ");
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SchemeError) return error.message;
  const cause = error.cause instanceof Error ? toReason(error.cause) : "";
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

/** Whether certificate verification or TLS negotiation failed, for which Node has many codes of these forms. */
export function isVerification(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|ISSUER|SIGNATURE|^ERR_(TLS|SSL)/.test(code);
}

/** Whether the runtime's permissions forbid the connection: Deno's, or Node's with `--permission`. */
export function isDenied(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, syscall }: NodeJS.ErrnoException = error;
  return (
    error.name === "NotCapable" ||
    code === "ERR_ACCESS_DENIED" ||
    (code === "EPERM" && syscall === "getaddrinfo")
  );
}

/** Turns an error of an HTTP/1.1 request into a fault, if it is one. */
export function http1Fault(error: unknown): unknown {
  return findFailure(error)?.origin === "transport" ? error : (toFault(error) ?? error);
}

/** The fault behind an error that dialing, or Node, has thrown. */
export function toFault(cause: unknown): ConnectError | undefined {
  if (cause instanceof DialError) return faultError("connection-rejected", toReason(cause), { cause });
  if (cause instanceof NotConnectedError) return faultError("not-connected", cause.message, { cause });
  if (cause instanceof Error && "code" in cause) {
    return faultError("connection-lost", toReason(cause), { cause });
  }
  return undefined;
}

/** The delays between attempts to connect. */
export const RECONNECT: Backoff = { baseMs: 50, maxMs: 1000 };
