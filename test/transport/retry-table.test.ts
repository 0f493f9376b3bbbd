import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import type { Call } from "../../src/transport/call.ts";
import { describeFailure, faultError } from "../../src/transport/faults/failure.ts";
import { type FaultName, faults } from "../../src/transport/faults/faults.ts";
import { RetryPolicy } from "../../src/transport/retry/retry-policy.ts";

const policy = new RetryPolicy({ maxAttempts: 3, maxConflictAttempts: 10 });

/** What becomes of a call that failed for the n-th time: sent again, at whose cost, or not at all. */
function outcome(error: ConnectError, kind: "read" | "write", attempts = 1): string {
  const method = kind === "read" ? UserService.method.getUserByID : UserService.method.deleteUser;
  const progress = { attempts, unprocessed: 0, sent: true };
  // Of a call the policy reads these.
  const call = { method, contextValues: createContextValues(), progress } as unknown as Call;
  const retry = policy.retryFor(error, call);
  if (retry === undefined) return "no";
  if (retry.awaitsRecovery === true) return "again after recovery";
  return retry.charged ? "again" : `again free${retry.backoff.maxMs === 0 ? " at once" : ""}`;
}

const both = (error: ConnectError, attempts?: number): string =>
  `${outcome(error, "read", attempts)}, ${outcome(error, "write", attempts)}`;

/** What the server itself said. */
function said(code: Code, message = "", headers?: Record<string, string>): ConnectError {
  const error = new ConnectError(message, code, headers);
  describeFailure(error, { origin: "server" });
  return error;
}

const UNPROCESSED = "again free at once, again free at once";

/** For reads, for writes. A fault that is in none of the groups is never sent again. */
const OF_FAULTS: Readonly<Partial<Record<FaultName, string>>> = {
  "stream-refused": UNPROCESSED,
  "goaway-unprocessed": UNPROCESSED,
  "connection-lost": "again, no",
  "ping-timeout": "again, no",
  "enhance-your-calm": "again, no",
  "stream-cancelled": "again, no",
  "stream-ended-early": "again, no",
  "stream-failed": "again, no",
  "truncated-response": "again, no",
  "gateway-error": "again, no",
  "rate-limited": "again, no",
  "server-cancelled": "again, no",
};

/** For reads, for writes, by what the server said. */
const OF_RESPONSES: readonly (readonly [string, ConnectError, string])[] = [
  ["`UNAVAILABLE`", said(Code.Unavailable), "again, no"],
  ["a collision of writes", said(Code.Unknown, 'constraint: "events2_pkey"'), "again free, again free"],
  ["trouble with its database", said(Code.Internal, "db connection error"), "again after recovery, no"],
  ["exhaustion with Retry-After", said(Code.ResourceExhausted, "", { "retry-after": "1" }), "again, no"],
  ["exhaustion without", said(Code.ResourceExhausted), "no, no"],
  ["a quota that is used up", said(Code.ResourceExhausted, "QUOTA-vjAy8", { "retry-after": "1" }), "no, no"],
  ["a limit that is reached", said(Code.ResourceExhausted, "LIMITS-molsj", { "retry-after": "1" }), "no, no"],
];

const OTHERS = Object.values(Code).filter(
  (code): code is Code =>
    typeof code === "number" && ![Code.Unavailable, Code.ResourceExhausted].includes(code),
);

describe("what is sent again", () => {
  for (const fault of Object.keys(faults) as FaultName[]) {
    const expected = OF_FAULTS[fault] ?? "no, no";
    it(`after ${fault}: reads ${expected.replace(",", ", writes")}`, () => {
      assert.equal(both(faultError(fault, "")), expected);
    });
  }

  for (const [what, error, expected] of OF_RESPONSES) {
    it(`after ${what} from the server: reads ${expected.replace(",", ", writes")}`, () => {
      assert.equal(both(error), expected);
    });
  }

  it("after any other response of the server, and any error of an interceptor: nothing", () => {
    for (const code of OTHERS) {
      assert.equal(both(said(code)), "no, no");
      const own = new ConnectError("", code);
      describeFailure(own, { origin: "interceptor" });
      assert.equal(both(own), "no, no");
    }
  });

  it("is free, once, after the loss of a connection that had worked", () => {
    for (const fault of ["connection-lost", "ping-timeout"] as const) {
      const lost = faultError(fault, "", { connectionHadWorked: true });
      assert.equal(both(lost), "again free at once, no");
      assert.equal(both(lost, 2), "again, no");
      assert.equal(both(lost, 3), "no, no");
    }
  });

  it("is counted where the server gave up a connection with an error, which the call may have caused", () => {
    const complaint = faultError("goaway-unprocessed", "", { complaint: "enhance your calm" });
    assert.equal(both(complaint), "again, again");
    assert.equal(both(complaint, 3), "no, no");
  });

  it("ends after three attempts, and after ten that collided", () => {
    assert.equal(both(said(Code.Unavailable), 3), "no, no");
    const [, [, collision] = []] = OF_RESPONSES;
    assert.ok(collision);
    assert.equal(both(collision, 9), "again free, again free");
    assert.equal(both(collision, 10), "no, no");
  });

  it("is what docs/networking.md says", () => {
    const text = readFileSync(join(root, "docs/networking.md"), "utf8");
    const table = text.slice(text.indexOf("## Retries")).split("\n\n")[1] ?? "";
    const rows = table
      .split("\n")
      .slice(2)
      .map((row) => row.split(" | "));
    const documented = rows.map(([, reads = "", writes = ""]) => `${reads}, ${writes.replace(" |", "")}`);
    assert.deepEqual(documented, [
      "again, until the deadline, again, until the deadline",
      "again, again",
      "again, for 10 s, no",
      "again, no",
      "again, no",
      "again, no",
      "again, no",
      "no, no",
      "no, no",
    ]);
  });
});
