import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { type Call, type RetryMode, retryMode } from "../../src/transport/call.ts";
import {
  type CallFailure,
  describeFailure,
  type FaultName,
  faultError,
  faults,
} from "../../src/transport/faults.ts";
import { type Retry, RetryPolicy } from "../../src/transport/retry/retry-policy.ts";

const policy = new RetryPolicy({ maxAttempts: 3, maxConflictAttempts: 10 }, systemClock);

interface Situation {
  readonly kind?: "read" | "write";
  /** How often the call was sent, this attempt included. Default: once. */
  readonly attempts?: number;
  /** How many attempts were provably not processed, including this one. Default: none. */
  readonly unprocessed?: number;
  readonly mode?: RetryMode;
}

function retryFor(error: unknown, situation: Situation = {}): Retry | undefined {
  return policy.retryFor(error, toCall(situation));
}

function toCall({ kind = "read", attempts = 1, unprocessed = 0, mode }: Situation): Call {
  const method = kind === "read" ? UserService.method.getUserByID : UserService.method.deleteUser;
  const contextValues = createContextValues().set(retryMode, mode);
  // The policy only reads these properties of a call.
  return { method, contextValues, progress: { attempts, unprocessed, sent: true } } as unknown as Call;
}

/** What happens to a call that failed: whether it is retried, and whether that costs budget. */
function outcome(error: unknown, situation?: Situation): string {
  const retry = retryFor(error, situation);
  if (retry === undefined) return "no";
  if (retry.awaitsRecovery === true)
    return retry.charged ? "again after recovery, charged" : "again after recovery";
  return retry.charged ? "again" : `again free${retry.backoff.maxMs === 0 ? " at once" : ""}`;
}

/** For a read, and for a write. */
const both = (error: unknown, attempts?: number): string =>
  (["read", "write"] as const)
    .map((kind) => outcome(error, { kind, ...(attempts && { attempts }) }))
    .join(", ");

/** An error with an origin: the server, unless stated otherwise. */
function failed(code: Code, message = "", known: Partial<CallFailure> = {}): ConnectError {
  const error = new ConnectError(message, code);
  describeFailure(error, { origin: "server", ...known });
  return error;
}

function withRetryAfter(error: ConnectError): ConnectError {
  error.metadata.set("retry-after", "1");
  return error;
}

const NOTHING = "no, no";
const UNPROCESSED = "again free at once, again free at once";
const READS = "again, no";

/** One row of the table in docs/networking.md: what happened, and what it means for reads and writes. */
interface Row {
  readonly what: string;
  /** What only its row contains. */
  readonly row: RegExp;
  readonly documented: string;
  readonly expected: string;
  readonly errors: Readonly<Record<string, ConnectError>>;
}

const byFault = (...names: FaultName[]): Record<string, ConnectError> =>
  Object.fromEntries(names.map((name) => [name, faultError(name, "")]));

const DATABASE_ERRORS = {
  "an error of its database": failed(Code.Internal, "db connection error"),
  "an unknown error of its database": failed(Code.Unknown, "unknown database error"),
  "an error in its details": withDetail(failed(Code.Internal, "internal"), "QUERY-AG4gs"),
};

function withDetail(error: ConnectError, text: string): ConnectError {
  // The first fault is this program's own, and does not come from a server.
  error.details = [
    { desc: UserService.method.getUserByID.input, value: {} },
    { type: "zitadel.v1.ErrorDetail", value: Buffer.from(text) },
  ];
  return error;
}

const ROWS: readonly Row[] = [
  {
    what: "the server has provably not looked at the request",
    row: /provably/,
    documented: "again, until the deadline, again, until the deadline",
    expected: UNPROCESSED,
    errors: byFault("stream-refused", "goaway-unprocessed"),
  },
  {
    what: "two writes collided",
    row: /collided/,
    documented: "again, again",
    expected: "again free, again free",
    errors: { collision: failed(Code.Unknown, 'constraint: "events2_pkey"') },
  },
  {
    what: "the server's database is in trouble",
    row: /database/,
    documented: "again, for 10 s, no",
    expected: "again after recovery, no",
    errors: DATABASE_ERRORS,
  },
  {
    what: "the connection broke, the stream was reset",
    row: /502, 503 or 504/,
    documented: READS,
    expected: READS,
    errors: byFault(
      "connection-lost",
      "ping-timeout",
      "enhance-your-calm",
      "stream-cancelled",
      "stream-ended-early",
      "stream-failed",
      "truncated-response",
      "gateway-error",
      "server-cancelled",
    ),
  },
  {
    what: "something in front of Zitadel responded 429",
    row: / 429$/,
    documented: READS,
    expected: READS,
    errors: byFault("rate-limited"),
  },
  {
    what: "`UNAVAILABLE` from the server",
    row: /`UNAVAILABLE`/,
    documented: READS,
    expected: READS,
    errors: { unavailable: failed(Code.Unavailable) },
  },
  {
    what: "`RESOURCE_EXHAUSTED` from the server, with `Retry-After`",
    row: /`RESOURCE_EXHAUSTED`/,
    documented: READS,
    expected: READS,
    errors: { exhausted: withRetryAfter(failed(Code.ResourceExhausted)) },
  },
  {
    what: "a quota or a limit of the instance is used up",
    row: /`QUOTA-vjAy8`, `LIMITS-molsj`/,
    documented: NOTHING,
    expected: NOTHING,
    errors: {
      "a quota": withRetryAfter(failed(Code.ResourceExhausted, "QUOTA-vjAy8")),
      "a limit": withRetryAfter(failed(Code.ResourceExhausted, "LIMITS-molsj")),
      "a quota in its details": withRetryAfter(withDetail(failed(Code.ResourceExhausted), "QUOTA-vjAy8")),
      "a blocked instance": faultError("rate-limited", "The instance is blocked"),
    },
  },
  {
    what: "any other response of the server",
    row: /any other/,
    documented: NOTHING,
    expected: NOTHING,
    errors: {
      "exhaustion without Retry-After": failed(Code.ResourceExhausted),
      ...Object.fromEntries(
        codes()
          .filter((code) => code !== Code.Unavailable && code !== Code.ResourceExhausted)
          .flatMap((code) => [
            [Code[code], failed(code)],
            [`${Code[code]} with Retry-After`, withRetryAfter(failed(code))],
          ]),
      ),
    },
  },
];

function codes(): Code[] {
  return Object.values(Code).filter((code): code is Code => typeof code === "number");
}

describe("a failed call", () => {
  for (const { what, expected, errors } of ROWS) {
    it(`${what}: reads ${expected.replace(",", ", writes")}`, () => {
      for (const [name, error] of Object.entries(errors)) assert.equal(both(error), expected, name);
    });
  }

  it("is not retried after any other fault", () => {
    const retried = new Set(ROWS.flatMap(({ errors }) => Object.keys(errors)));
    const others = (Object.keys(faults) as FaultName[]).filter((name) => !retried.has(name));
    assert.equal(others.length, 14);
    for (const name of others) assert.equal(both(faultError(name, "")), NOTHING, name);
  });

  it("is handled as docs/networking.md says, row by row", () => {
    const text = readFileSync(join(root, "docs/networking.md"), "utf8");
    const table = text.slice(text.indexOf("## Retries")).split("\n\n")[1] ?? "";
    const rows = table
      .split("\n")
      .slice(2)
      .map((row) => row.replace(/^\| | \|$/g, "").split(" | "));
    assert.equal(rows.length, ROWS.length);
    for (const [index, [what = "", reads, writes]] of rows.entries()) {
      const row = ROWS[index];
      assert.match(what, row?.row ?? /^$/);
      assert.equal(`${reads}, ${writes}`, row?.documented, what);
    }
  });

  it("is not retried after an error of an interceptor, whatever its code", () => {
    for (const code of codes()) {
      assert.equal(both(failed(code, "db connection error", { origin: "interceptor" })), NOTHING);
      assert.equal(both(withRetryAfter(failed(code, "", { origin: "interceptor" }))), NOTHING);
    }
  });

  it("is not retried after an error that no call threw", () => {
    assert.equal(both(new ConnectError("", Code.Unavailable)), NOTHING);
    const notConnects = new Error("unavailable");
    describeFailure(notConnects, { origin: "server" });
    assert.equal(both(notConnects), NOTHING);
  });

  it("is retried for its message about the database only where the code is that of a failure", () => {
    for (const code of codes().filter((code) => code !== Code.Internal && code !== Code.Unknown)) {
      assert.notEqual(outcome(failed(code, "db connection error")), "again after recovery");
    }
  });

  it("is retried for an id in its details only where the id is one of the database's", () => {
    assert.equal(both(withDetail(failed(Code.Internal), "QUERY-3M9sf")), NOTHING);
  });

  it("is not retried with a single attempt, even while the server's database is down", () => {
    const once = new RetryPolicy({ maxAttempts: 1, maxConflictAttempts: 1 }, systemClock);
    for (const error of [...Object.values(DATABASE_ERRORS), failed(Code.Unavailable)]) {
      assert.equal(once.retryFor(error, toCall({})), undefined);
    }
  });

  it("counts as blocked by its message only where the code is resource_exhausted", () => {
    assert.equal(both(faultError("gateway-error", "The instance is blocked")), READS);
  });

  it("is retried for free, once, after the loss of a connection that had worked", () => {
    for (const fault of ["connection-lost", "ping-timeout"] as const) {
      const lost = faultError(fault, "", { connectionHadWorked: true });
      assert.equal(both(lost), "again free at once, no");
      assert.equal(both(lost, 2), READS);
      assert.equal(both(lost, 3), NOTHING);
    }
  });

  it("costs the usual where only a stream of a working connection was lost", () => {
    assert.equal(both(faultError("stream-cancelled", "", { connectionHadWorked: true })), READS);
  });

  it("counts as an attempt where the server closed the connection with an error that it may have caused", () => {
    const complaint = faultError("goaway-unprocessed", "", { complaint: "enhance your calm" });
    assert.equal(both(complaint), "again, again");
    assert.equal(both(complaint, 3), NOTHING);
  });

  it("is not retried after three attempts, or after ten that collided", () => {
    assert.equal(both(failed(Code.Unavailable), 2), READS);
    assert.equal(both(failed(Code.Unavailable), 3), NOTHING);
    const collision = failed(Code.Unknown, 'constraint: "events2_pkey"');
    assert.equal(both(collision, 9), "again free, again free");
    assert.equal(both(collision, 10), NOTHING);
  });

  it("does not count attempts that were not processed", () => {
    const unavailable = failed(Code.Unavailable);
    assert.equal(retryFor(unavailable, { attempts: 6, unprocessed: 4 })?.failures, 2);
    assert.equal(outcome(unavailable, { attempts: 6, unprocessed: 4 }), "again");
    assert.equal(outcome(unavailable, { attempts: 7, unprocessed: 4 }), "no");
  });

  it("slows down for a server that keeps refusing streams or ending connections", () => {
    const after = (fault: FaultName, times: number) =>
      retryFor(faultError(fault, ""), { attempts: times, unprocessed: times });
    for (const fault of ["stream-refused", "goaway-unprocessed"] as const) {
      assert.equal(after(fault, 3)?.backoff.maxMs, 0);
      assert.equal(after(fault, 4)?.failures, 1);
      assert.equal(after(fault, 7)?.failures, 4);
    }
    assert.equal(after("stream-refused", 4)?.backoff.maxMs, 500);
    assert.equal(after("goaway-unprocessed", 4)?.backoff.maxMs, 50);
  });

  it("waits at least as long as Retry-After says", () => {
    assert.equal(retryFor(withRetryAfter(failed(Code.Unavailable)))?.atLeastMs, 1_000);
    assert.equal(retryFor(failed(Code.Unavailable))?.atLeastMs, 0);
  });

  it("follows its mode: everything a read may, or nothing", () => {
    const unavailable = failed(Code.Unavailable);
    assert.equal(outcome(unavailable, { kind: "write", mode: "idempotent" }), "again");
    assert.equal(outcome(unavailable, { mode: "never" }), "no");
    assert.equal(outcome(faultError("stream-refused", ""), { mode: "never" }), "no");
  });
});
