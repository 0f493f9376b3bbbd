import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { Call, CallFn, CallResponse } from "../../src/transport/call.ts";
import { RunningCalls } from "../../src/transport/context/call-context.ts";
import type { TransportEvent } from "../../src/transport/events.ts";
import { describeFailure, faultError } from "../../src/transport/faults.ts";
import { withRetries } from "../../src/transport/retry/retry.ts";
import { TestClock, turns } from "./support/test-clock.ts";

/** The outcome of one attempt: an error, or success. */
type Outcome = unknown;

const unavailable = (): ConnectError => {
  const error = new ConnectError("", Code.Unavailable);
  describeFailure(error, { origin: "server" });
  return error;
};

const databaseError = (): ConnectError => {
  const error = new ConnectError("db connection error", Code.Internal);
  describeFailure(error, { origin: "server" });
  return error;
};

/** The retry layer around a fake server, with a clock on which pauses take no time. */
class Bench {
  readonly clock: TestClock & { requestBound?: boolean } = new TestClock();
  /** How many pauses there were. */
  pauses = 0;
  readonly events: TransportEvent[] = [];
  readonly #running = new RunningCalls(this.clock);
  #outcomes: Outcome[] = [];
  readonly #send: CallFn;

  constructor({ requestBound = false, waits = false } = {}) {
    this.clock.requestBound = requestBound;
    this.clock.chance = 0;
    const { setTimer } = this.clock;
    this.clock.setTimer = (callback, ms, keepAlive) => {
      if (keepAlive !== true || waits) return setTimer.call(this.clock, callback, ms);
      this.pauses += 1;
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    };
    const next: CallFn = async (call) => {
      call.progress.sent = true;
      const outcome = this.#outcomes.length > 1 ? this.#outcomes.shift() : this.#outcomes[0];
      if (outcome !== undefined) throw typeof outcome === "function" ? outcome(call) : outcome;
      return {} as CallResponse;
    };
    this.#send = withRetries(next, {
      retry: { maxAttempts: 3, maxConflictAttempts: 10 },
      recoveryTimeoutMs: 10_000,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** Makes a call whose attempts end with `outcomes`; the last one repeats. */
  async call(...outcomes: Outcome[]): Promise<{ readonly call: Call; readonly error: unknown }> {
    return await this.start(60_000, ...outcomes);
  }

  /** The same with a deadline; 0: none. */
  async start(
    timeoutMs: number,
    ...outcomes: Outcome[]
  ): Promise<{ readonly call: Call; readonly error: unknown }> {
    this.#outcomes = outcomes;
    const call: Call = {
      method: UserService.method.getUserByID,
      message: {} as Call["message"],
      header: undefined,
      contextValues: createContextValues(),
      context: this.#running.begin(undefined, timeoutMs),
      progress: { attempts: 0, unprocessed: 0, sent: false },
    };
    const error = await this.#send(call).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { call, error };
  }

  async attempts(...outcomes: Outcome[]): Promise<number> {
    return (await this.call(...outcomes)).call.progress.attempts;
  }
}

describe("withRetries()", () => {
  it("passes on an error that is not a call failure unchanged", async () => {
    const mistake = new TypeError("a mistake of an interceptor");
    const { call, error } = await new Bench().call(mistake);
    assert.equal(error, mistake);
    assert.deepEqual(call.progress, { attempts: 1, unprocessed: 0, sent: true });
  });

  it("counts an attempt that was not processed as not sent", async () => {
    const refused = faultError("stream-refused", "");
    const { call, error } = await new Bench().call(refused, new TypeError("later"));
    assert.match(String(error), /later/);
    assert.deepEqual(call.progress, { attempts: 2, unprocessed: 1, sent: true });
    const closed = await new Bench().call(refused, refused, faultError("not-connected", ""));
    assert.deepEqual(closed.call.progress, { attempts: 3, unprocessed: 2, sent: false });
  });

  it("remembers that an earlier request may have been processed, whatever happens to later ones", async () => {
    const { call } = await new Bench().call(unavailable(), faultError("not-connected", ""));
    assert.equal(call.progress.sent, true);
  });

  it("has a budget of a hundred retries, and regains a tenth for each successful call", async () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i++) assert.equal(await bench.attempts(unavailable()), 3);
    assert.equal(await bench.attempts(unavailable()), 1);
    for (let i = 0; i < 9; i++) await bench.call(undefined);
    assert.equal(await bench.attempts(unavailable()), 1);
    // Floating-point sums of tenths are not exactly whole.
    for (let i = 0; i < 2; i++) await bench.call(undefined);
    assert.equal(await bench.attempts(unavailable()), 2);
    assert.equal(await bench.attempts(unavailable()), 1);
  });

  it("never has more than a hundred retries in its budget", async () => {
    const bench = new Bench();
    for (let i = 0; i < 20; i++) await bench.call(undefined);
    for (let i = 0; i < 50; i++) assert.equal(await bench.attempts(unavailable()), 3);
    assert.equal(await bench.attempts(unavailable()), 1);
  });

  it("does not retry a call that ended while its attempt failed", async () => {
    const ended = faultError("aborted", "");
    const { call } = await new Bench().call((running: Call) => {
      running.context.end(ended);
      return unavailable();
    });
    assert.equal(call.progress.attempts, 1);
  });

  it("gives up if the pause would not end before the deadline", async () => {
    const patient = unavailable();
    patient.metadata.set("retry-after", "60");
    assert.equal(await new Bench().attempts(patient), 1);
    const shorter = unavailable();
    shorter.metadata.set("retry-after", "59");
    assert.equal(await new Bench().attempts(shorter), 3);
  });

  it("emits each attempt, its failure, and the pause before the next", async () => {
    const bench = new Bench();
    await bench.call(unavailable(), faultError("connection-lost", ""), undefined);
    await turns();
    const method = "zitadel.user.v2.UserService/GetUserByID";
    const failed = { type: "attempt-failed", method, code: Code.Unavailable };
    assert.deepEqual(bench.events, [
      { type: "attempt-started", method, attempt: 1 },
      { ...failed, attempt: 1, fault: undefined },
      { type: "retrying", method, attempt: 2, delayMs: 0 },
      { type: "attempt-started", method, attempt: 2 },
      { ...failed, attempt: 2, fault: "connection-lost" },
      { type: "retrying", method, attempt: 3, delayMs: 0 },
      { type: "attempt-started", method, attempt: 3 },
    ]);
  });

  it("does not wait longer than a timer can, even without a deadline", async () => {
    const never = unavailable();
    never.metadata.set("retry-after", "3000000");
    const { call, error } = await new Bench().start(0, never);
    assert.equal(call.progress.attempts, 1);
    assert.equal(error, never);
  });

  it("makes no pause before an immediate retry", async () => {
    const bench = new Bench();
    assert.equal(await bench.attempts(faultError("stream-refused", ""), undefined), 2);
    assert.equal(bench.pauses, 0);
  });

  it("retries a read until the server's database has recovered", async () => {
    const bench = new Bench();
    bench.clock.chance = 0.5;
    assert.equal(await bench.attempts(...Array.from({ length: 6 }, databaseError), undefined), 7);
    const delays = bench.events.flatMap((event) => (event.type === "retrying" ? event.delayMs : []));
    assert.deepEqual([...new Set(delays)], [0]);
  });

  it("releases two reads that wait for the database with each success, the first time for free", async () => {
    const bench = new Bench({ waits: true });
    const waiting = [1, 2, 3].map(() => bench.call(databaseError(), undefined));
    await turns();
    await bench.call(undefined);
    await turns();
    const settled = await Promise.all(
      waiting.map(
        async (call) =>
          await Promise.race([call.then(({ error }) => error ?? "ok"), turns().then(() => "waits")]),
      ),
    );
    assert.deepEqual(settled.slice(0, 2), ["ok", "ok"]);
  });

  it("stays within the retry budget where each call probes the database on its own", async () => {
    const bench = new Bench({ requestBound: true });
    // The first retry is free.
    assert.equal(await bench.attempts(databaseError()), 102);
    assert.equal(await bench.attempts(databaseError()), 2);
  });
});
