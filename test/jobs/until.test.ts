import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { ZitadelError } from "../../src/errors/zitadel-error.ts";
import { poll } from "../../src/jobs/poll.ts";
import { until } from "../../src/jobs/until.ts";
import { UntilError } from "../../src/jobs/until-error.ts";
import { FakeClock } from "../auth/support/clocks.ts";

function failure(code: Code): ZitadelError {
  return new ZitadelError({
    method: "a.Service/Get",
    origin: "server",
    code,
    message: "Errors.User.NotFound",
    hint: "",
    retryable: false,
  });
}

/** Lets the clock run while something waits for it. */
async function run<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  for (let i = 0; i < 10_000 && !settled; i++) await clock.advance(10);
  return await watched;
}

describe("until()", () => {
  it("returns what is there at once, without a pause", async () => {
    assert.equal(await until(() => "it"), "it");
    assert.equal(await until(async () => 0), 0);
  });

  it("reads again until something is there", async () => {
    const clock = new FakeClock();
    const values = [undefined, null, false, "it"];
    assert.equal(
      await run(
        clock,
        poll(clock, () => values.shift(), {}),
      ),
      "it",
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it("reads again until the predicate holds", async () => {
    const clock = new FakeClock();
    let reads = 0;
    const value = await run(
      clock,
      poll(clock, () => ++reads, { holds: (n) => n === 7 }),
    );
    assert.equal(value, 7);
  });

  it("counts NotFound as not there yet, and passes on any other error", async () => {
    const clock = new FakeClock();
    const read = ({ attempt }: { attempt: number }) => {
      if (attempt < 3) throw failure(Code.NotFound);
      return "it";
    };
    assert.equal(await run(clock, poll(clock, read, {})), "it");
    const denied = failure(Code.PermissionDenied);
    await assert.rejects(
      until(() => Promise.reject(denied)),
      denied,
    );
  });

  it("says at the end what it last saw", async () => {
    const clock = new FakeClock();
    const wait = run(
      clock,
      poll(clock, async () => ({ count: 3 }), { holds: () => false, timeoutMs: 5_000 }),
    );
    await assert.rejects(wait, (error) => {
      assert.ok(error instanceof UntilError);
      assert.match(error.message, /^not so after 5000 ms and \d+ reads; last seen: \{ count: 3 \}$/);
      assert.deepEqual(error.lastSeen, { count: 3 });
      return true;
    });
  });

  it("says at the end which error it last saw", async () => {
    const clock = new FakeClock();
    const missing = failure(Code.NotFound);
    const wait = run(
      clock,
      poll(clock, () => Promise.reject(missing), { timeoutMs: 1_000 }),
    );
    await assert.rejects(wait, { name: "UntilError", cause: missing, message: /NotFound/ });
  });

  it("waits longer and longer: a minute takes fewer than 50 reads", async () => {
    const clock = new FakeClock();
    const wait = run(
      clock,
      poll(clock, () => false, {}),
    );
    await assert.rejects(
      wait,
      (error) => error instanceof UntilError && error.attempts > 25 && error.attempts < 50,
    );
  });

  it("ends a read that hangs when the time is up", async () => {
    const clock = new FakeClock();
    let aborted = false;
    const read = ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise<string>(() => {});
    };
    await assert.rejects(run(clock, poll(clock, read, { timeoutMs: 100 })), UntilError);
    assert.ok(aborted);
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("enough");
    await assert.rejects(
      until(() => false, { signal: AbortSignal.abort(reason) }),
      reason,
    );
    await assert.rejects(
      until(() => false, { timeoutMs: 0 }),
      TypeError,
    );
  });
});
