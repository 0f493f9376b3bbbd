import type { AuthEvent, AuthEventListener } from "../auth/auth-event.ts";
import type { Log } from "./log.ts";
import type { LogLevel } from "./logger.ts";

/** Writes a line for each step in the life of a token. */
export function authLog(log: Log): AuthEventListener {
  return (event) => {
    const level = levelOf(event);
    if (!log.isEnabled("auth", level)) return;
    const { type, ...fields } = event;
    const error = "error" in event ? { error: messageOf(event.error) } : {};
    log.write("auth", level, textOf(event), { event: type, ...fields, ...error });
  };
}

function levelOf(event: AuthEvent): LogLevel {
  switch (event.type) {
    case "token_request_failed":
      return event.serving ? "warn" : "error";
    case "credential_reload_failed":
    case "key_expiring":
    case "token_rejected":
      return "warn";
    case "clock_skew_learned":
    case "credential_reloaded":
      return "info";
    default:
      return "debug";
  }
}

function textOf(event: AuthEvent): string {
  switch (event.type) {
    case "token_requested":
      return `asking for a token${event.background ? " in the background" : ""}`;
    case "token_obtained":
      return `got a token in ${seconds(event.durationMs)}${validFor(event.expiresInMs)}`;
    case "token_request_failed":
      return (
        `got no token, ${event.serving ? "the old one serves on" : "and there is none"}; ` +
        `next try in ${seconds(event.retryInMs)}: ${messageOf(event.error)}`
      );
    case "token_rejected":
      return `the server rejected the token${event.replacing ? ", which is replaced" : ""}`;
    case "clock_skew_learned":
      return `the server's clock is ${seconds(Math.abs(event.skewMs))} ${event.skewMs < 0 ? "behind" : "ahead"}`;
    case "credential_reloaded":
      return `uses a new credential from ${event.source}`;
    case "credential_reload_failed":
      return `keeps the old credential, since that of ${event.source} ${event.reason}`;
    case "key_expiring":
      return `key ${event.keyId} ${event.expiresInMs < 0 ? "has expired" : `expires in ${days(event.expiresInMs)}`}`;
  }
}

function messageOf(error: unknown): string {
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
