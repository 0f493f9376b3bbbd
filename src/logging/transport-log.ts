import { codeName } from "../errors/code-name.ts";
import type { TransportEvent } from "../transport/events.ts";
import type { Log, LogTopic } from "./log.ts";
import type { LogLevel } from "./logger.ts";

/** Writes a line for each event of a connection, and for each failed attempt and retry of a call. */
export function transportLog(log: Log): (event: TransportEvent) => void {
  return (event) => {
    // The line of the call, or that of its retry, says as much.
    if (event.type === "attempt-started") return;
    const [topic, level] = PLACES[event.type];
    if (!log.isEnabled(topic, level)) return;
    const { type, ...fields } = event;
    const code = "code" in event && event.code !== undefined ? { code: codeName(event.code) } : {};
    log.write(topic, level, formatEvent(event), { event: type, ...fields, ...code });
  };
}

type LoggedEvent = Exclude<TransportEvent, { type: "attempt-started" }>;

const PLACES: Readonly<Record<LoggedEvent["type"], readonly [LogTopic, LogLevel]>> = {
  "session-opened": ["http2", "debug"],
  "session-draining": ["http2", "debug"],
  "session-closed": ["http2", "debug"],
  goaway: ["http2", "debug"],
  "ping-late": ["http2", "warn"],
  "ping-timeout": ["http2", "warn"],
  "connect-failed": ["http2", "warn"],
  "protocol-fallback": ["http2", "warn"],
  "attempt-failed": ["retry", "debug"],
  retrying: ["retry", "info"],
  "pace-changed": ["retry", "debug"],
};

function formatEvent(event: LoggedEvent): string {
  switch (event.type) {
    case "session-opened":
      return `connected, for up to ${event.maxConcurrentStreams} calls at a time`;
    case "session-draining":
      return `connection accepts no more calls (${event.reason}), ${event.calls} are still running`;
    case "session-closed":
      return "connection closed";
    case "goaway":
      return `the server accepts no more calls on this connection (GOAWAY ${[event.errorCode, event.debugData].join(" ").trim()})`;
    case "ping-late":
      return `the server is late in responding to a ping: ${event.calls} calls are affected`;
    case "ping-timeout":
      return `the server does not respond to pings: connection dropped with ${event.calls} calls`;
    case "connect-failed":
      return `cannot connect, next try in ${event.delayMs.toFixed(0)} ms: ${event.reason}`;
    case "protocol-fallback":
      return event.service === undefined
        ? "something in front of the server blocks gRPC: using gRPC-web from now on"
        : `the server does not support Connect for ${event.service}: using ${event.to === "grpc" ? "gRPC" : "gRPC-web"}`;
    case "attempt-failed":
      return `${event.method} attempt ${event.attempt} failed: ${formatFailure(event)}`;
    case "retrying":
      return `${event.method} attempt ${event.attempt} in ${event.delayMs.toFixed(0)} ms`;
    case "pace-changed":
      return `the pace is ${event.maxInFlight} calls in flight${event.pausedMs > 0 ? `, after a pause of ${event.pausedMs.toFixed(0)} ms` : ""}`;
  }
}

function formatFailure({ code, fault }: Extract<TransportEvent, { type: "attempt-failed" }>): string {
  return [fault, code === undefined ? undefined : codeName(code)].filter(Boolean).join(", ") || "unknown";
}
