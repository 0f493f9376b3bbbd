import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import type { AuthEvent } from "../../src/auth/auth-event.ts";
import type { AuthContext } from "../../src/auth/auth-method.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { TokenSeal } from "../../src/auth/store/sealed-token.ts";
import { obtainShared } from "../../src/auth/store/shared-token.ts";
import type { TokenStore } from "../../src/auth/store/token-store.ts";
import type { AccessToken, TokenSource } from "../../src/auth/token-source.ts";
import { FakeClock, settle } from "./support/clocks.ts";
import { serviceAccountKey } from "./support/keys.ts";
import { granted, refused, TokenServer } from "./support/token-server.ts";

/** A store in memory, with locks of live clients. */
class MemoryStore implements TokenStore {
  readonly entries = new Map<string, string>();
  readonly #locks = new Set<string>();

  async get(key: string): Promise<string | undefined> {
    return this.entries.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    this.entries.set(key, value);
  }

  async lock(key: string): Promise<(() => Promise<void>) | undefined> {
    if (this.#locks.has(key)) return undefined;
    this.#locks.add(key);
    return async () => void this.#locks.delete(key);
  }
}

const method = clientCredentials({ clientId: "robot", clientSecret: "a-secret-of-the-test" });

async function start(test: TestContext, overrides: Partial<AuthContext> = {}) {
  const server = await TokenServer.start(test);
  const store = new MemoryStore();
  const source = (more: Partial<AuthContext> = {}, auth = method): TokenSource =>
    auth(server.context({ tokenStore: store, ...overrides, ...more }));
  const tokens = async (sources: readonly TokenSource[], rejected?: string): Promise<string[]> => {
    const all = await Promise.all(sources.map((one) => one.getToken({ rejected })));
    return [...new Set(all.map(({ token }) => token))];
  };
  return { server, store, source, tokens };
}

describe("a token store", () => {
  it("makes one token request for 200 clients that start at once, and none for the next", async (t) => {
    const { server, source, tokens } = await start(t);
    assert.deepEqual(await tokens(Array.from({ length: 200 }, () => source())), ["token-1"]);
    assert.deepEqual(await tokens([source()]), ["token-1"]);
    assert.equal(server.requests.length, 1);
  });

  it("replaces a rejected token once for all clients, whenever they learn of it", async (t) => {
    const { server, source, tokens } = await start(t);
    const fleet = Array.from({ length: 50 }, () => source());
    await tokens(fleet);
    assert.deepEqual(await tokens(fleet.slice(0, 25), "token-1"), ["token-2"]);
    assert.deepEqual(await tokens(fleet.slice(25), "token-1"), ["token-2"]);
    assert.equal(server.requests.length, 2);
  });

  it("gives a client whose token is about to expire the one that another has obtained", async (t) => {
    const clock = new FakeClock();
    const { server, source, tokens } = await start(t, { clock });
    server.onToken = ({ count }) => granted(`token-${count}`, 1_000);
    const [a, b] = [source(), source()];
    await tokens([a]);
    await tokens([b]);
    // Both are due; each requests a token in the background, one after the other.
    await clock.advance(990_000);
    await a.getToken();
    await until(() => server.requests.length === 2);
    await until(async () => (await a.getToken()).token === "token-2");
    await b.getToken();
    await until(async () => (await b.getToken()).token === "token-2");
    assert.equal(server.requests.length, 2);
  });

  it("shares no token between credentials, scopes or instances", async (t) => {
    const { server, store, source, tokens } = await start(t);
    const other = await TokenServer.start(t);
    const credentials = { clientId: "robot", clientSecret: "a-secret-of-the-test" };
    const sources = [
      source(),
      source({}, clientCredentials({ ...credentials, clientSecret: "another-secret" })),
      source({}, clientCredentials({ ...credentials, clientId: "other" })),
      source({}, clientCredentials({ ...credentials, scopes: ["profile"] })),
      source({ projectIds: ["42"] }),
      source({ instanceHost: "acme.example" }),
      method(other.context({ tokenStore: store })),
    ];
    await tokens(sources);
    assert.deepEqual([server.requests.length, other.requests.length, store.entries.size], [6, 1, 7]);
  });

  it("shares tokens by the private key, however its file is formatted", async (t) => {
    const { server, source, tokens } = await start(t);
    const file = serviceAccountKey();
    const pkcs8 = createPrivateKey(file.key).export({ format: "pem", type: "pkcs8" }).toString();
    const sources = [file, { ...file, key: pkcs8 }].map((key) => source({}, privateKeyJwt({ key })));
    assert.deepEqual(await tokens(sources), ["token-1"]);
    assert.equal(server.requests.length, 1);
  });

  it("lets the next client request a token where the first was refused", async (t) => {
    const { server, source } = await start(t);
    server.onToken = ({ count }) =>
      count === 1 ? refused("invalid_scope", "no such scope") : granted("token-2");
    const results = await Promise.allSettled([source().getToken(), source().getToken()]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  it("stores no token whose expiry is unknown or near", async (t) => {
    const { server, store, source, tokens } = await start(t);
    server.onToken = ({ count }) =>
      count === 1 ? { body: { access_token: "token-1", token_type: "Bearer" } } : granted("token-2", 9);
    await tokens([source()]);
    await tokens([source()]);
    assert.deepEqual([server.requests.length, store.entries.size], [2, 0]);
  });
});

interface Obtaining {
  readonly clock?: FakeClock;
  /** The token that is to be replaced. */
  readonly current?: AccessToken;
}

/** Obtains a token while the test moves the clock. */
function obtain(store: TokenStore, { clock = new FakeClock(), current }: Obtaining = {}) {
  const events: string[] = [];
  const errors: unknown[] = [];
  let token: string | undefined;
  const onEvent = (event: AuthEvent): void => {
    if (event.type !== "token-store-failed") return void events.push(event.type);
    events.push(event.operation);
    errors.push(event.error);
  };
  void obtainShared(
    { store, clock, onEvent },
    {
      binding: { secret: "secret", context: [] },
      current,
      signal: new AbortController().signal,
      request: async () => ({ token: "own", expiresAt: clock.now() + 3_600_000 }),
    },
  ).then((access) => {
    token = access.token;
  });
  return { clock, events, errors, token: () => token };
}

describe("a token in the store", () => {
  it("is used if it does not expire soon, and is newer than the one that it replaces", async () => {
    const clock = new FakeClock();
    const at = (ms: number) => clock.now() + ms;
    const cases: readonly [stored: AccessToken, current: AccessToken | undefined, used: boolean][] = [
      [{ token: "stored", expiresAt: at(10_000) }, undefined, true],
      [{ token: "stored", expiresAt: at(9_999) }, undefined, false],
      [{ token: "stored", expiresAt: at(-1) }, undefined, false],
      [{ token: "stored" }, undefined, false],
      [{ token: "stored", expiresAt: at(60_000) }, { token: "old" }, true],
      [{ token: "stored", expiresAt: at(60_000) }, { token: "old", expiresAt: at(59_999) }, true],
      [{ token: "stored", expiresAt: at(60_000) }, { token: "newer", expiresAt: at(60_000) }, false],
      [{ token: "stored", expiresAt: at(60_000) }, { token: "newer", expiresAt: at(60_001) }, false],
      [{ token: "stored", expiresAt: at(60_000) }, { token: "stored" }, false],
    ];
    for (const [stored, current, used] of cases) {
      const sealed = new TokenSeal({ secret: "secret", context: [] }).seal(stored);
      const obtaining = { clock, ...(current && { current }) };
      const { token } = obtain({ get: async () => sealed, set: nothing }, obtaining);
      await settle();
      assert.equal(token(), used ? "stored" : "own", JSON.stringify([stored, current]));
    }
  });

  it("is looked for after pauses that double up to 400 ms, while another process has the lock", async () => {
    const clock = new FakeClock();
    const startedAt = clock.monotonic();
    const looks: number[] = [];
    const get = async () => {
      looks.push(clock.monotonic() - startedAt);
      return looks.length < 8
        ? undefined
        : new TokenSeal({ secret: "secret", context: [] }).seal({
            token: "theirs",
            expiresAt: clock.now() + 60_000,
          });
    };
    clock.random = () => 1;
    const { token, events } = obtain({ get, set: nothing, lock: nothing }, { clock });
    await clock.advance(10_000);
    // Once before and once after the first attempt to lock.
    assert.deepEqual(looks, [0, 0, 50, 150, 350, 750, 1_150, 1_550]);
    assert.deepEqual([token(), events], ["theirs", ["token-shared"]]);
    looks.length = 0;
    clock.random = () => 0;
    obtain({ get: async () => void looks.push(clock.monotonic()), set: nothing, lock: nothing }, { clock });
    await clock.advance(76);
    assert.deepEqual(
      looks.map((at) => at - (looks[0] ?? 0)),
      [0, 0, 25, 75],
    );
  });

  it("is stored for as long as it lasts, and is locked for as long as a request may take", async () => {
    const lifetimes: unknown[] = [];
    const { token } = obtain({
      get: nothing,
      set: async (_key, _value, options) => void lifetimes.push(options),
      lock: async (_key, options) => {
        lifetimes.push(options);
        return nothing;
      },
    });
    await settle();
    assert.deepEqual([token(), lifetimes], ["own", [{ ttlMs: 10_000 }, { ttlMs: 3_600_000 }]]);
  });
});

const never = (): Promise<never> => new Promise(() => {});
const nothing = async (): Promise<undefined> => undefined;

describe("a token store that fails", () => {
  it("delays a call by at most half a second, and fails none, whichever operation hangs", async () => {
    for (const store of [
      { get: never, set: never },
      { get: nothing, set: never },
      { get: nothing, set: never, lock: never },
      { get: nothing, set: nothing, lock: async () => never },
    ]) {
      const { clock, token, errors } = obtain(store);
      await clock.advance(500);
      assert.deepEqual([token(), errors.map(String)], ["own", ["Error: no result within 500 ms"]]);
    }
  });

  it("is not blamed where this process was blocked while the response came", async () => {
    let respond = (_: string): void => {};
    const get = () => new Promise<string>((resolve) => (respond = resolve));
    const { clock, events, token } = obtain({ get, set: nothing });
    clock.standStill(60_000);
    respond(
      new TokenSeal({ secret: "secret", context: [] }).seal({
        token: "shared",
        expiresAt: clock.now() + 3_600_000,
      }),
    );
    await settle();
    assert.deepEqual([token(), events], ["shared", ["token-shared"]]);
  });

  it("delays no call if it fails fast, and is not used again", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    const fails = async (): Promise<never> => broken();
    for (const [store, failed] of [
      [{ get: broken, set: broken, lock: broken }, "get"],
      [{ get: fails, set: fails, lock: fails }, "get"],
      [{ get: nothing, set: fails, lock: fails }, "lock"],
      [{ get: nothing, set: fails }, "set"],
      [{ get: async () => 7 as unknown as string, set: nothing }, undefined],
      [{ get: async () => "garbage", set: nothing, lock: async () => 7 as never }, "unlock"],
    ] as const) {
      const { events, token } = obtain(store);
      await settle();
      await settle();
      assert.deepEqual([token(), events], ["own", failed === undefined ? [] : [failed]]);
    }
  });

  it("delays others by at most 5 s where a process died with the lock", async () => {
    const { clock, token } = obtain({ get: nothing, set: nothing, lock: nothing });
    await clock.advance(4_900);
    assert.equal(token(), undefined);
    await clock.advance(600);
    assert.equal(token(), "own");
  });
});

describe("a stored token", () => {
  const access = { token: "token-of-the-test", expiresAt: 1 };
  const binding = { secret: "secret-of-the-test", context: ["https://acme.example", { scope: "openid" }] };
  const sealed = new TokenSeal(binding).seal(access);

  it("can be opened with the same secret for the same use, and reveals nothing", () => {
    const seal = new TokenSeal(binding);
    assert.deepEqual(seal.open(sealed), access);
    const text = `${seal.name} ${Buffer.from(sealed, "base64url").toString("latin1")}`;
    for (const told of ["token-of", "secret-of", "acme", "openid"]) assert.ok(!text.includes(told));
    assert.notEqual(seal.seal(access), sealed);
  });

  it("cannot be opened with anything else", () => {
    for (const other of [
      { ...binding, secret: "another" },
      { ...binding, context: ["https://acme.example", { scope: "openid profile" }] },
      { ...binding, context: [] },
    ]) {
      assert.equal(new TokenSeal(other).open(sealed), undefined);
      assert.notEqual(new TokenSeal(other).name, new TokenSeal(binding).name);
    }
  });

  it("is ignored where it was altered, truncated, or is something else", () => {
    const bytes = Buffer.from(sealed, "base64url");
    const altered = fc
      .record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) })
      .map(({ at, by }) => Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ by : byte))));
    const cut = fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length));
    const foreign = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.oneof(altered, cut, foreign), (wrong) => {
        assert.equal(new TokenSeal(binding).open(wrong.toString("base64url")), undefined);
      }),
    );
    fc.assert(fc.property(fc.anything(), (wrong) => new TokenSeal(binding).open(wrong) === undefined));
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await settle();
}
