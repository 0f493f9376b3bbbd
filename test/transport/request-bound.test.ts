import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { cachedTokenSource } from "../../src/auth/cache/cached-token-source.ts";
import { LONGEST_TIMER_MS } from "../../src/shared/clock.ts";
import { NOT_LISTED } from "../../src/transport/context/indexed-list.ts";
import { Timers } from "../../src/transport/context/timers.ts";
import { fetchTransport } from "../../src/transport/fetch/fetch-transport.ts";
import { connectTo } from "./support/connection.ts";
import { failing } from "./support/failing.ts";
import { serve } from "./support/http1-server.ts";
import { TestClock, turns, until } from "./support/test-clock.ts";
import { users } from "./support/users.ts";

/** A clock as in Cloudflare Workers, where timers end with the request that set them. */
class BoundClock extends TestClock {
  readonly requestBound = true;
  /** While this is true, timers that are set never fire: their request has ended. */
  dying = false;

  override setTimer(callback: () => void, ms: number): () => void {
    return super.setTimer(this.dying ? () => {} : callback, ms);
  }
}

function timer(expiresAt: number, expired: number[]) {
  return { index: NOT_LISTED, expiresAt, onExpire: () => expired.push(expiresAt) };
}

describe("where timers and promises end with the request that created them", () => {
  it("each timer is independent, so that none ends with another request", async () => {
    const clock = new BoundClock();
    const timers = new Timers(clock);
    const expired: number[] = [];
    const start = clock.time;
    clock.dying = true;
    timers.add(timer(start + 10, expired));
    clock.dying = false;
    timers.add(timer(start + 20, expired));
    const taken = timer(start + 30, expired);
    timers.add(taken);
    timers.delete(taken);
    timers.add(timer(Number.POSITIVE_INFINITY, expired));
    timers.add(timer(start + LONGEST_TIMER_MS + 40, expired));
    await clock.advance(LONGEST_TIMER_MS);
    assert.deepEqual(expired, [start + 20]);
    await clock.advance(40);
    assert.deepEqual(expired, [start + 20, start + LONGEST_TIMER_MS + 40]);
    assert.equal(clock.pending, 0);
  });

  it("a call ends at its deadline even if the request of an earlier one is gone", async () => {
    const clock = new BoundClock();
    let requests = 0;
    using server = await serve(() => {
      requests += 1;
    });
    using connection = connectTo(server.origin, { transport: fetchTransport(), clock, timeoutMs: 1000 });
    clock.dying = true;
    void users(connection)
      .getUserByID({})
      .catch(() => {});
    clock.dying = false;
    const call = failing(users(connection).getUserByID({}));
    await until(() => requests === 2);
    await clock.advance(1000);
    assert.equal((await call).error.code, Code.DeadlineExceeded);
  });

  it("each read probes on its own while the server's database is down, with growing pauses, up to connectTimeoutMs", async () => {
    const clock = new BoundClock();
    clock.chance = 0.999;
    const times: number[] = [];
    using server = await serve((_, response) => {
      times.push(clock.time);
      response
        .writeHead(500, { "content-type": "application/json" })
        .end(JSON.stringify({ code: "internal", message: "Errors.Internal (QUERY-AG4gs)" }));
    });
    using connection = connectTo(server.origin, {
      transport: fetchTransport(),
      protocol: "connect",
      clock,
      connectTimeoutMs: 3000,
    });
    const call = failing(users(connection).getUserByID({}));
    for (let i = 0; i < 40; i++) {
      const before = times.length;
      await turns(20);
      if (clock.pending > 0) await clock.advance(100);
      if (times.length === before) await turns(20);
    }
    assert.equal((await call).error.code, Code.Internal);
    assert.ok(times.length >= 4 && times.length <= 8, `${times.length} requests`);
  });

  it("a token that is due is renewed within the call that needs it, and still used if that fails", async () => {
    const clock = new BoundClock();
    let fetches = 0;
    const source = cachedTokenSource({ origin: "https://a.example", clock }, async () => {
      fetches += 1;
      if (fetches === 2) throw new Error("not now");
      return { token: `t${fetches}`, expiresAt: clock.now() + 100_000 };
    });
    assert.equal((await source.getToken()).token, "t1");
    await clock.advance(90_000);
    assert.equal((await source.getToken()).token, "t1");
    assert.equal(fetches, 2);
    await clock.advance(5_000);
    assert.equal((await source.getToken()).token, "t3");
  });
});
