import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Keepalive, type KeepaliveOptions } from "../../src/transport/http2/keepalive.ts";
import { TestClock, turns } from "./support/test-clock.ts";

/** A connection with a call in progress, whose server responds to pings when the test says so. */
function monitor(options: Partial<KeepaliveOptions> = {}) {
  const clock = new TestClock();
  const seen: string[] = [];
  let respond = () => {};
  const keepalive = new Keepalive(
    {
      pingIntervalMs: 20_000,
      pingTimeoutMs: 10_000,
      idleTimeoutMs: 0,
      maxAgeMs: 0,
      roundTripMs: 0,
      slowdown: 1,
      ...options,
    },
    clock,
    {
      ping(onResponse) {
        seen.push("ping");
        respond = onResponse;
        return true;
      },
      hasCalls: () => true,
      onIdleTooLong: () => seen.push("idle"),
      onAged: () => seen.push("aged"),
      onSuspect: () => seen.push("suspect"),
      onRecovered: () => seen.push("recovered"),
      onDead: () => seen.push("dead"),
    },
  );
  /** Returns what happens in this time. */
  const advance = async (ms: number): Promise<readonly string[]> => {
    await clock.advance(ms);
    await turns();
    return seen.splice(0);
  };
  return { keepalive, advance, respond: () => respond(), seen };
}

describe("Keepalive", () => {
  it("takes a ping for late after six round trips, whose estimate follows slower ones at once and faster ones by half", async () => {
    const { advance, respond } = monitor();
    assert.deepEqual(await advance(1000), ["ping"]);
    await advance(800);
    respond();
    assert.deepEqual(await advance(2000), ["ping"]);
    await advance(200);
    respond();
    // Now 500 ms.
    assert.deepEqual(await advance(4000), ["ping"]);
    assert.deepEqual(await advance(2999), []);
    assert.deepEqual(await advance(1), ["suspect"]);
  });

  it("takes a connection for recovered once the late response comes, or any data", async () => {
    for (const sign of ["response", "data"] as const) {
      const { keepalive, advance, respond, seen } = monitor();
      assert.deepEqual(await advance(1000), ["ping"]);
      assert.deepEqual(await advance(2000), ["suspect"]);
      assert.equal(keepalive.isSuspect, true);
      if (sign === "response") respond();
      else keepalive.heard();
      assert.deepEqual([seen.splice(0), keepalive.isSuspect], [["recovered"], false]);
    }
  });

  it("does not call a response recovery where none was late", async () => {
    const { advance, respond, seen } = monitor();
    assert.deepEqual(await advance(1000), ["ping"]);
    respond();
    assert.deepEqual(seen, []);
  });

  it("waits longer before its first ping where the server has complained about pings", async () => {
    const { advance } = monitor({ slowdown: 2 });
    assert.deepEqual(await advance(1999), []);
    assert.deepEqual(await advance(1), ["ping"]);
  });
});
