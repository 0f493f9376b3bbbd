import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createClient } from "@redis/client";
import { Redis } from "ioredis";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import type { TokenStore } from "../../src/auth/store/token-store.ts";
import { folderTokenStore, redisTokenStore } from "../../src/token-stores/index.ts";
import { fastClock } from "../auth/support/clocks.ts";
import { temporaryDirectory } from "../auth/support/keys.ts";
import { TokenServer } from "../auth/support/token-server.ts";
import { runFleet } from "./support/fleet.ts";
import { startRedis, withoutRedis } from "./support/redis-server.ts";

const HOUR = 3_600_000;

/** The behavior of every store. `expire` makes time pass until the last value that was set has expired. */
async function checkStore(store: TokenStore, another: TokenStore, expire: () => Promise<void> | void) {
  assert.equal(await store.get("a"), undefined);
  await store.set("a", "first", { ttlMs: HOUR });
  await store.set("a", "second", { ttlMs: HOUR });
  await store.set("b", "other", { ttlMs: HOUR });
  assert.deepEqual([await another.get("a"), await another.get("b")], ["second", "other"]);

  const release = await store.lock?.("a", { ttlMs: HOUR });
  assert.ok(release);
  assert.equal(await another.lock?.("a", { ttlMs: HOUR }), undefined);
  assert.ok(await another.lock?.("b", { ttlMs: HOUR }));
  await release();
  const short = await another.lock?.("a", { ttlMs: 1 });
  assert.ok(short);
  await expire();
  const next = await store.lock?.("a", { ttlMs: 1 });
  assert.ok(next, "a lock that was not released expires");
}

const credentials = { clientId: "robot", clientSecret: "a-secret-of-the-test" };

describe("redisTokenStore()", { skip: withoutRedis }, () => {
  for (const [name, connect] of [
    [
      "redis",
      (path: string) => createClient({ socket: { path, tls: false }, disableOfflineQueue: true }).connect(),
    ],
    ["ioredis", async (path: string) => new Redis({ path })],
  ] as const) {
    it(`stores and locks with a client of ${name}`, async () => {
      await using server = await startRedis();
      const [client, other] = [await connect(server.socket), await connect(server.socket)];
      const pass = async (): Promise<void> => {
        const locks = redisTokenStore({ client });
        while ((await locks.lock?.("clock", { ttlMs: 20 })) === undefined);
        while ((await locks.lock?.("clock", { ttlMs: 20 })) === undefined);
      };
      await checkStore(redisTokenStore({ client }), redisTokenStore({ client: other }), pass);
      assert.equal(await redisTokenStore({ client, prefix: "other:" }).get("a"), undefined);
      for (const one of [client, other]) "destroy" in one ? one.destroy() : one.disconnect();
    });
  }

  it("makes one token request for 200 clients in 4 processes that start at once", async (t) => {
    const server = await TokenServer.start(t);
    await using redis = await startRedis();
    const store = { kind: "redis", path: redis.socket } as const;
    assert.deepEqual(await runFleet({ origin: server.origin, store, processes: 4, clients: 50 }), [
      "token-1",
    ]);
    assert.equal(server.requests.length, 1);
  });

  it("delays no call for long when its server hangs or is gone", async (t) => {
    const server = await TokenServer.start(t);
    const redis = await startRedis();
    const client = createClient({ socket: { path: redis.socket, tls: false }, disableOfflineQueue: true });
    client.on("error", () => {});
    await client.connect();
    const failed: string[] = [];
    const source = () =>
      clientCredentials(credentials)({
        ...server.context({ tokenStore: redisTokenStore({ client }), clock: fastClock() }),
        onEvent: (event) => "operation" in event && failed.push(event.operation),
      });
    redis.pause();
    assert.equal((await source().getToken()).token, "token-1");
    await redis[Symbol.asyncDispose]();
    assert.equal((await source().getToken()).token, "token-2");
    assert.deepEqual(failed, ["get", "get"]);
    client.destroy();
  });

  it("refuses what is not a client", () => {
    for (const [client, looks] of [
      [undefined, "undefined"],
      ["redis://localhost", "a URL"],
      [{}, "an object"],
    ] as const) {
      assert.throws(() => redisTokenStore({ client: client as never }), {
        message: `redisTokenStore(): client is ${looks}; expected a client of redis or ioredis`,
      });
    }
  });
});

describe("folderTokenStore()", () => {
  const folderIn = (test: TestContext): string => join(temporaryDirectory(test), "cache", "tokens");

  it("stores and locks in files that only this user can read", async (t) => {
    const folder = folderIn(t);
    const expire = (): void => utimesSync(join(folder, "a.lock"), 1, 1);
    await checkStore(folderTokenStore({ folder }), folderTokenStore({ folder }), expire);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  });

  it("makes one token request for 20 clients in 4 processes that start at once", async (t) => {
    const server = await TokenServer.start(t);
    const store = { kind: "folder", path: folderIn(t) } as const;
    assert.deepEqual(await runFleet({ origin: server.origin, store, processes: 4, clients: 5 }), ["token-1"]);
    assert.equal(server.requests.length, 1);
    assert.ok(!readFileSync(join(store.path, readdirSync(store.path)[0] ?? "")).includes("token-1"));
  });

  it("removes what has expired, but not what it did not write", async (t) => {
    const folder = folderIn(t);
    mkdirSync(folder, { recursive: true });
    for (const name of ["old.token", "dead.lock", "dead.tmp", "notes.txt"]) {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), 1, 1);
    }
    for (const name of ["new.lock", "new.tmp"]) writeFileSync(join(folder, name), "");
    await folderTokenStore({ folder }).set("a", "value", { ttlMs: HOUR });
    assert.deepEqual(readdirSync(folder).sort(), ["a.token", "new.lock", "new.tmp", "notes.txt"]);
  });

  it("fails no call where nothing can be written", async (t) => {
    const server = await TokenServer.start(t);
    const file = join(temporaryDirectory(t), "file");
    writeFileSync(file, "");
    const tokenStore = folderTokenStore({ folder: join(file, "tokens") });
    const source = clientCredentials(credentials)(server.context({ tokenStore }));
    assert.equal((await source.getToken()).token, "token-1");
  });
});
