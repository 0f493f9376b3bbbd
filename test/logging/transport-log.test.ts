import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { transportLog } from "../../src/logging/transport-log.ts";
import type { TransportEvent } from "../../src/transport/events.ts";

const method = "zitadel.user.v2.UserService/ListUsers";

/** What is logged of each event, with its level. */
const LINES: readonly (readonly [TransportEvent, string | undefined])[] = [
  [{ type: "session-opened", maxConcurrentStreams: 100 }, "debug: connected, for up to 100 calls at a time"],
  [
    { type: "session-draining", reason: "age", calls: 2 },
    "debug: connection accepts no more calls (age), 2 are still running",
  ],
  [{ type: "session-closed" }, "debug: connection closed"],
  [
    { type: "goaway", errorCode: 0, lastStreamId: 7, debugData: "" },
    "debug: the server accepts no more calls on this connection (GOAWAY 0)",
  ],
  [
    { type: "goaway", errorCode: 11, lastStreamId: 7, debugData: "too_many_pings" },
    "debug: the server accepts no more calls on this connection (GOAWAY 11 too_many_pings)",
  ],
  [{ type: "ping-late", calls: 3 }, "warn: the server is late in responding to a ping: 3 calls are affected"],
  [
    { type: "ping-timeout", calls: 3 },
    "warn: the server does not respond to pings: connection dropped with 3 calls",
  ],
  [
    { type: "connect-failed", reason: "ECONNREFUSED", delayMs: 99.6 },
    "warn: cannot connect, next try in 100 ms: ECONNREFUSED",
  ],
  [
    { type: "protocol-fallback", from: "grpc", to: "grpc-web" },
    "warn: something in front of the server blocks gRPC: using gRPC-web from now on",
  ],
  [
    { type: "protocol-fallback", service: "acme.A", from: "connect", to: "grpc" },
    "warn: the server does not support Connect for acme.A: using gRPC",
  ],
  [{ type: "attempt-started", method, attempt: 1 }, undefined],
  [
    { type: "attempt-failed", method, attempt: 1, code: Code.Unavailable, fault: "connection-lost" },
    `debug: ${method} attempt 1 failed: connection-lost, unavailable`,
  ],
  [
    { type: "attempt-failed", method, attempt: 1, code: undefined, fault: undefined },
    `debug: ${method} attempt 1 failed: unknown`,
  ],
  [{ type: "retrying", method, attempt: 2, delayMs: 73.4 }, `info: ${method} attempt 2 in 73 ms`],
  [{ type: "pace-changed", maxInFlight: 12, pausedMs: 0 }, "debug: the pace is 12 calls in flight"],
  [
    { type: "pace-changed", maxInFlight: 12, pausedMs: 1500 },
    "debug: the pace is 12 calls in flight, after a pause of 1500 ms",
  ],
];

describe("the log line of a network event", () => {
  for (const [event, expected] of LINES) {
    it(`is ${expected ?? "left to the line of the call"}`, () => {
      const lines: string[] = [];
      const write = (level: string, message: string): void => void lines.push(`${level}: ${message}`);
      transportLog({ isEnabled: () => true, write: (_, level, message) => write(level, message) })(event);
      assert.deepEqual(lines, expected === undefined ? [] : [expected]);
    });
  }
});
