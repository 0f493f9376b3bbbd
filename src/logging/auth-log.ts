import type { AuthEvent, AuthEventListener } from "../auth/auth-event.ts";
import type { Log } from "./log.ts";
import type { LogLevel } from "./logger.ts";

/** Writes a line for each step in the life of a token. */
export function authLog(log: Log): AuthEventListener {
  return (event) => {
    const level = levelFor(event);
    if (!log.isEnabled("auth", level)) return;
    const { type, ...fields } = event;
    const error = "error" in event ? { error: messageFrom(event.error) } : {};
    log.write("auth", level, describeEvent(event), { event: type, ...fields, ...error });
  };
}

function levelFor(event: AuthEvent): LogLevel {
  switch (event.type) {
    case "token-request-failed":
      return event.serving && !event.rejected ? "warn" : "error";
    case "credential-reload-failed":
    case "key-expiring":
    case "token-rejected":
    case "token-store-failed":
      return "warn";
    case "clock-skew-learned":
    case "issuer-discovered":
    case "credential-reloaded":
      return "info";
    default:
      return "debug";
  }
}

function describeEvent(event: AuthEvent): string {
  switch (event.type) {
    case "token-requested":
      return `requesting a token${event.background ? " in the background" : ""}`;
    case "token-obtained":
      return `got a token in ${seconds(event.durationMs)}${validFor(event.expiresInMs)}`;
    case "token-request-failed":
      return (
        `could not get a token${describeCurrent(event)}; ` +
        `next try in ${seconds(event.retryInMs)}: ${messageFrom(event.error)}`
      );
    case "credential-refused":
      return (
        `the server does not know the credential, which may be too new; ` +
        `next try in ${seconds(event.retryInMs)}: ${messageFrom(event.error)}`
      );
    case "token-rejected":
      return `the server rejected the token${event.replacing ? ", which is being replaced" : ""}`;
    case "clock-skew-learned":
      return `the server's clock is ${seconds(Math.abs(event.skewMs))} ${event.skewMs < 0 ? "behind" : "ahead"}`;
    case "issuer-discovered":
      return `the issuer is ${event.issuer}, the token endpoint ${event.tokenEndpoint}`;
    case "credential-reloaded":
      return `using the new credential from ${event.source}`;
    case "credential-reload-failed":
      return `keeping the old credential, since the one from ${event.source} ${event.reason}`;
    case "token-shared":
      return "using a token from another process";
    case "token-store-failed":
      return `the token store failed (${event.operation}): ${messageFrom(event.error)}`;
    case "key-expiring":
      return `key ${event.keyId} ${event.expiresInMs < 0 ? "has expired" : `expires in ${days(event.expiresInMs)}`}`;
  }
}

function describeCurrent({ serving, rejected }: { serving: boolean; rejected: boolean }): string {
  if (!serving) return ", and there is no other";
  return rejected
    ? "; the server has rejected the current one, which stays in use in case that was a mistake"
    : ", but the current one is still valid";
}

function messageFrom(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}

function validFor(ms: number | undefined): string {
  return ms === undefined ? "" : `, valid for ${seconds(ms)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function days(ms: number): string {
  return `${Math.ceil(ms / 86_400_000)} days`;
}
