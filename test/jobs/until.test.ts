import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { ZitadelError } from "../../src/errors/zitadel-error.ts";
import { poll, UntilError, until } from "../../src/jobs/until.ts";
import { FakeClock } from "../auth/support/clocks.ts";

/** An error from Zitadel; without an id, it is not about an object. */
function failure(code: Code, id?: string): ZitadelError {
  const message = "Errors.User.NotFound";
  return new ZitadelError({
    method: "a.Service/Get",
    origin: "server",
    code,
    id,
    message,
    decodedDetails: id === undefined ? [] : [{ type: "zitadel.v1.ErrorDetail", id, message }],
  });
}
const missing = failure(Code.NotFound, "QUERY-Dfbg2");

/** A day in milliseconds. */
const DAY = 86_400_000;

/** A clock with the limit of `setTimeout`, which treats longer times as a millisecond. */
function clockOfNode(): FakeClock {
  const clock = new FakeClock();
  const { setTimer } = clock;
  clock.setTimer = (callback, ms) => setTimer(callback, ms > 2 ** 31 - 1 ? 1 : ms);
  return clock;
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
  it("returns an existing value immediately, without a pause", async () => {
    assert.equal(await until(() => "it"), "it");
    assert.equal(await until(async () => 0), 0);
  });

  it("reads again until there is a value", async () => {
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

  it("treats a missing object as not there yet", async () => {
    const clock = new FakeClock();
    const read = ({ attempt }: { attempt: number }) => {
      if (attempt < 3) throw missing;
      return "it";
    };
    assert.equal(await run(clock, poll(clock, read, {})), "it");
  });

  it("ends immediately with an error of permissions or configuration, even if it has the same code", async () => {
    const errors = {
      "a permission is missing": failure(Code.PermissionDenied, "AUTH-5mWD2"),
      "the service user has no role at all": failure(Code.NotFound, "AUTHZ-cdgFk"),
      "the server knows no such instance": failure(Code.NotFound),
      "no valid token": failure(Code.Unauthenticated, "AUTH-7fs1e"),
      "a server that is too old": failure(Code.Unimplemented),
    };
    for (const [name, error] of Object.entries(errors)) {
      const clock = new FakeClock();
      let reads = 0;
      const wait = poll(
        clock,
        () => {
          reads += 1;
          throw error;
        },
        {},
      );
      await assert.rejects(wait, error, name);
      assert.equal(reads, 1, name);
    }
  });

  it("waits for a month, or forever, if configured", async () => {
    for (const timeoutMs of [30 * DAY, Number.POSITIVE_INFINITY]) {
      const clock = clockOfNode();
      const { promise, resolve } = Promise.withResolvers<string>();
      const wait = poll(clock, () => promise, { timeoutMs });
      await clock.advance(29 * DAY);
      resolve("it");
      assert.equal(await wait, "it");
      assert.equal(clock.pendingTimers, 0);
    }
  });

  it("ends after a month if configured", async () => {
    const clock = clockOfNode();
    const wait = poll(clock, () => new Promise(() => {}), { timeoutMs: 30 * DAY });
    let ended = false;
    wait.catch(() => {}).then(() => (ended = true));
    await clock.advance(30 * DAY - 1);
    assert.equal(ended, false);
    await clock.advance(1);
    await assert.rejects(wait, UntilError);
  });

  it("reports at the end what it last saw", async () => {
    const clock = new FakeClock();
    const wait = run(
      clock,
      poll(clock, async () => ({ count: 3 }), { holds: () => false, timeoutMs: 5_000 }),
    );
    await assert.rejects(wait, (error) => {
      assert.ok(error instanceof UntilError);
      assert.match(
        error.message,
        /^the condition was not met after 5000 ms and \d+ reads; last result: \{ count: 3 \}$/,
      );
      assert.deepEqual(error.lastSeen, { count: 3 });
      return true;
    });
  });

  it("reports at the end which error it last saw", async () => {
    const clock = new FakeClock();
    const wait = run(
      clock,
      poll(clock, () => Promise.reject(missing), { timeoutMs: 1_000 }),
    );
    await assert.rejects(wait, { name: "UntilError", cause: missing, message: /NotFound/ });
  });

  it("waits longer and longer, so that a minute takes fewer than 50 reads", async () => {
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

  it("ends a hanging read at the timeout", async () => {
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
    const abort = new AbortController();
    const failing = until(
      async ({ signal }) => {
        abort.abort(reason);
        signal.throwIfAborted();
      },
      { signal: abort.signal },
    );
    await assert.rejects(failing, reason);
  });

  it("refuses an invalid timeout", async () => {
    for (const timeoutMs of [0, -1, Number.NaN]) {
      await assert.rejects(
        until(() => false, { timeoutMs }),
        { name: "TypeError", message: `until(): timeoutMs is ${timeoutMs}; expected a number above 0` },
      );
    }
  });

  it("refuses what is not a signal", async () => {
    await assert.rejects(
      until(() => true, { signal: {} as never }),
      {
        name: "TypeError",
        message: "until(): signal is an object; expected an AbortSignal, such as that of an AbortController",
      },
    );
  });
});
