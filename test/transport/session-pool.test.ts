import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSession } from "../../src/transport/http2/open-session.ts";
import { SessionPool } from "../../src/transport/http2/session-pool.ts";
import { Peer } from "./support/peer.ts";
import { TestClock, until } from "./support/test-clock.ts";

describe("SessionPool", () => {
  it("says by its state whether it is connected", async () => {
    await using peer = await Peer.start();
    const { origin } = peer;
    const pool = new SessionPool({
      origin,
      open: (signal) => openSession({ dial: { origin, tls: {}, proxy: "none" }, acceptHttp1: false }, signal),
      connectTimeoutMs: 1000,
      refusedTimeoutMs: 1000,
      maxConnections: 1,
      keepalive: { pingIntervalMs: 0, pingTimeoutMs: 1000, idleTimeoutMs: 0, maxAgeMs: 0 },
      clock: new TestClock(),
      onEvent: undefined,
    });
    assert.equal(pool.state, "idle");
    pool.warmUp();
    assert.equal(pool.state, "connecting");
    await until(() => pool.state === "connected");
    peer.last.destroy();
    await until(() => pool.state === "idle");
    pool.close();
    assert.equal(pool.state, "closed");
  });
});
