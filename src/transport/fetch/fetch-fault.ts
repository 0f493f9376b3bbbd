import type { ConnectError } from "@connectrpc/connect";
import { isVerification, toReason } from "../dial/dial-error.ts";
import { faultError } from "../faults/fault-error.ts";

/** What Node and Bun call a connection that was not made. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/**
 * The error of a `fetch` that brought no response. Node says where no connection was made, which proves that nothing was
 * sent. Cloudflare Workers and browsers have the same words for that and for a connection that was lost, so that there
 * nothing is proven.
 */
export function fetchFault(error: unknown): ConnectError {
  const verification = causes(error).find(isVerification);
  if (verification !== undefined) {
    return faultError("connection-rejected", `TLS: ${verification.message}`, { cause: error });
  }
  const fault = isUnconnected(error) ? "not-connected" : "connection-lost";
  return faultError(fault, toReason(error), { cause: error });
}

/** The error of a body that ended before it should. */
export function bodyFault(cause: unknown): ConnectError {
  return faultError("truncated-response", `The response was cut short (${toReason(cause)})`, { cause });
}

function isUnconnected(error: unknown): boolean {
  // An error for each address of the host.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnconnected);
  return causes(error).some((cause) =>
    cause instanceof AggregateError ? isUnconnected(cause) : "code" in cause && UNCONNECTED.has(cause.code),
  );
}

/** An error and what caused it. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
