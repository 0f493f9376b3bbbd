import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { AuthError, type AuthErrorInit } from "../../src/auth/auth-error.ts";
import type { AuthEvent } from "../../src/auth/auth-event.ts";
import {
  type CachedTokenSourceOptions,
  cachedTokenSource,
  type FetchTokenOptions,
} from "../../src/auth/cache/cached-token-source.ts";
import type { AccessToken, TokenSource } from "../../src/auth/token-source.ts";
import { authLog } from "../../src/logging/auth-log.ts";
import { FakeClock, settle } from "./support/clocks.ts";

/** A source under test with the requests that it made; each is pending until the test responds. */
class Bench {
  readonly clock = new FakeClock();
  readonly requests: (FetchTokenOptions & {
    readonly grant: (token: string, lifetimeMs?: number) => void;
    readonly refuse: (error: unknown) => void;
  })[] = [];
  readonly events: AuthEvent[] = [];
  readonly source: TokenSource;

  constructor(options?: CachedTokenSourceOptions) {
    const context = {
      origin: "https://acme.example",
      clock: this.clock,
      onEvent: (event: AuthEvent) => this.events.push(event),
    };
    this.source = cachedTokenSource(context, (request) => this.#open(request), options);
  }

  #open(request: FetchTokenOptions): Promise<AccessToken> {
    return new Promise((resolve, reject) => {
      const grant = (token: string, lifetimeMs?: number): void =>
        resolve(lifetimeMs === undefined ? { token } : { token, expiresAt: this.clock.now() + lifetimeMs });
      this.requests.push({ ...request, grant, refuse: reject });
    });
  }

  /** The latest request. */
  get request(): (typeof this.requests)[number] {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("no request was made");
    return request;
  }

  get(rejected?: string): Promise<string> {
    const token = this.source.getToken({ rejected }).then((access) => access.token);
    token.catch(() => undefined);
    return token;
  }

  /** A source with this token. */
  async hold(token: string, lifetimeMs?: number): Promise<void> {
    const got = this.get();
    await settle();
    this.request.grant(token, lifetimeMs);
    await got;
  }
}

const unreachable = (init: Partial<AuthErrorInit> = {}): AuthError =>
  new AuthError({ code: "unreachable", summary: "No response", ...init });
const invalidGrant = (): AuthError => new AuthError({ code: "invalid_grant", summary: "Refused" });
const HOUR = 3_600_000;

describe("cachedTokenSource()", () => {
  it("makes exactly one token request for 1000 concurrent first calls", async () => {
    const bench = new Bench();
    const calls = Array.from({ length: 1000 }, () => bench.get());
    await settle();
    assert.equal(bench.requests.length, 1);
    bench.request.grant("a", HOUR);
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["a"]));
    assert.equal(bench.requests.length, 1);
  });

  it("makes exactly one token request for 1000 staggered 401s on one token", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    const calls: Promise<string>[] = [];
    for (let reported = 0; reported < 1000; reported += 1) {
      calls.push(bench.get("a"));
      await bench.clock.advance(10);
      if (reported === 300) bench.request.grant("b", HOUR);
    }
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["b"]));
    assert.equal(bench.requests.length, 2);
  });

  it("emits one rejection for any number of reports, and that the token is being replaced", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    bench.events.length = 0;
    const calls = Array.from({ length: 100 }, () => bench.get("a"));
    await settle();
    bench.request.grant("b", HOUR);
    await Promise.all(calls);
    assert.deepEqual(
      bench.events.map(({ type }) => type),
      ["token-rejected", "token-requested", "token-obtained"],
    );
    assert.deepEqual(bench.events.slice(0, 2), [
      { type: "token-rejected", replacing: true },
      { type: "token-requested", background: false },
    ]);
  });

  it("requests a token that is due in the background, and returns the old one to callers without options", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    await bench.clock.advance(HOUR - 30_000);
    bench.events.length = 0;
    assert.equal((await bench.source.getToken()).token, "a");
    await settle();
    assert.deepEqual(bench.events, [{ type: "token-requested", background: true }]);
    bench.request.grant("b", HOUR);
    await settle();
    assert.equal((await bench.source.getToken()).token, "b");
  });

  it("fails again with the same refusal for an unchanged credential, without another request", async () => {
    const bench = new Bench({ credentialChanged: async () => false });
    const first = bench.get();
    await settle();
    bench.request.refuse(invalidGrant());
    await assert.rejects(first, { code: "invalid_grant" });
    await assert.rejects(bench.get(), { code: "invalid_grant" });
    assert.equal(bench.requests.length, 1);
  });

  it("rejects only the waiter whose abort or deadline came; the shared refresh has its own deadline", async () => {
    const bench = new Bench();
    const caller = new AbortController();
    const aborted = bench.source.getToken({ signal: caller.signal });
    const other = bench.get();
    await settle();
    caller.abort(new Error("gone"));
    await assert.rejects(aborted, /gone/);
    assert.equal(bench.request.signal.aborted, false);
    await bench.clock.advance(9_999);
    assert.equal(bench.request.signal.aborted, false);
    await bench.clock.advance(1);
    assert.equal(bench.request.signal.aborted, true);
    await bench.clock.advance(2_000);
    assert.equal(bench.requests.length, 2);
    bench.request.grant("a", HOUR);
    assert.equal(await other, "a");
  });

  it("rejects a caller that has already aborted immediately, even if a token is available", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    const signal = AbortSignal.abort(new Error("gone"));
    await assert.rejects(bench.source.getToken({ signal }), /gone/);
    await assert.rejects(bench.source.getToken({ signal, rejected: "a" }), /gone/);
    assert.equal(bench.requests.length, 1);
  });

  it("refreshes within min(120 s, 20 % of the lifetime) before expiry, with jitter", async () => {
    for (const [lifetimeMs, windowMs] of [
      [HOUR, 120_000],
      [300_000, 60_000],
      [60_000, 12_000],
    ] as const) {
      for (const part of [0.5, 1]) {
        const bench = new Bench();
        bench.clock.random = () => (part === 1 ? 1 : 0);
        await bench.hold("a", lifetimeMs);
        await bench.clock.advance(lifetimeMs - windowMs * part - 1);
        assert.equal(await bench.get(), "a");
        await settle();
        assert.equal(bench.requests.length, 1, "before the window");
        await bench.clock.advance(1);
        assert.equal(await bench.get(), "a", "the old token serves during the refresh");
        assert.equal(await bench.get(), "a");
        await settle();
        assert.equal(bench.requests.length, 2, "in the window");
        bench.request.grant("b", lifetimeMs);
        await settle();
        assert.equal(await bench.get(), "b");
      }
    }
  });

  it("makes at most 2 requests a minute for tokens that live 60 s", async () => {
    const bench = new Bench();
    await bench.hold("0", 60_000);
    for (let second = 0; second < 600; second += 1) {
      await bench.clock.advance(1_000);
      void bench.get();
      await settle();
      bench.request.grant(String(second), 60_000);
      await settle();
    }
    assert.ok(bench.requests.length <= 20, `${bench.requests.length} requests in 10 min`);
  });

  it("fails no call while the endpoint is down and the token is valid, and backs off with jitter and at least 1 s", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    await bench.clock.advance(HOUR - 60_000);
    const askedAt: number[] = [];
    for (let tenth = 0; tenth < 590; tenth += 1) {
      const before = bench.requests.length;
      assert.equal(await bench.get(), "a");
      await settle();
      if (bench.requests.length > before) {
        askedAt.push(bench.clock.monotonic());
        bench.request.refuse(unreachable());
      }
      await bench.clock.advance(100);
    }
    const gaps = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
    assert.ok(Math.min(...gaps) >= 1_000, `a gap of ${Math.min(...gaps)} ms`);
    assert.ok(askedAt.length >= 4 && askedAt.length < 30, `${askedAt.length} requests`);
  });

  it("returns a valid token even during a backoff", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    await bench.clock.advance(HOUR - 60_000);
    void bench.get();
    await settle();
    bench.request.refuse(unreachable({ code: "rate_limited", retryAfterMs: 40_000 }));
    await bench.clock.advance(39_000);
    assert.equal(await bench.get(), "a");
    assert.equal(bench.requests.length, 2);
  });

  it("fails immediately on an error that is not retryable, and retries only after a short backoff", async () => {
    const bench = new Bench();
    const first = bench.get();
    await settle();
    bench.request.refuse(invalidGrant());
    await assert.rejects(first, { code: "invalid_grant" });
    for (let call = 0; call < 50; call += 1) await assert.rejects(bench.get(), { code: "invalid_grant" });
    assert.equal(bench.requests.length, 1);
    await bench.clock.advance(2_000);
    const later = bench.get();
    await settle();
    bench.request.grant("a", HOUR);
    assert.equal(await later, "a");
  });

  it("retries after an error that is not retryable as soon as the key changes", async () => {
    let changed = false;
    const bench = new Bench({ credentialChanged: async () => changed });
    const first = bench.get();
    await settle();
    bench.request.refuse(invalidGrant());
    await assert.rejects(first);
    await assert.rejects(bench.get());
    changed = true;
    const next = bench.get();
    await settle();
    bench.request.grant("a", HOUR);
    assert.equal(await next, "a");
  });

  it("retries a retryable error for callers without a token, after Retry-After", async () => {
    const bench = new Bench();
    const call = bench.get();
    await settle();
    bench.request.refuse(unreachable({ code: "rate_limited", retryAfterMs: 20_000 }));
    await bench.clock.advance(19_999);
    assert.equal(bench.requests.length, 1);
    await bench.clock.advance(1);
    assert.equal(bench.requests.length, 2);
    bench.request.grant("a", HOUR);
    assert.equal(await call, "a");
  });

  it("fails immediately on a Retry-After that is longer than a caller waits", async () => {
    const bench = new Bench();
    const call = bench.get();
    await settle();
    bench.request.refuse(unreachable({ code: "rate_limited", retryAfterMs: 31_000 }));
    await assert.rejects(call, { code: "rate_limited", retryAfterMs: 31_000 });
    assert.equal(bench.clock.pendingTimers, 0);
  });

  it("gives up after 30 s of failures, with the last error", async () => {
    const bench = new Bench();
    const call = bench.get();
    let failed = false;
    call.catch(() => {
      failed = true;
    });
    for (let second = 0; second < 61 && !failed; second += 1) {
      await bench.clock.advance(1_000);
      bench.request.refuse(unreachable());
      await settle();
    }
    await assert.rejects(call, { code: "unreachable" });
    assert.ok(bench.clock.monotonic() <= 31_000);
    assert.equal(bench.clock.pendingTimers, 0);
  });

  it("ends the wait of a caller that aborts during a backoff, and clears its timer", async () => {
    const bench = new Bench();
    const caller = new AbortController();
    const call = bench.source.getToken({ signal: caller.signal });
    await settle();
    bench.request.refuse(unreachable());
    await settle();
    assert.equal(bench.clock.pendingTimers, 1);
    caller.abort(new Error("gone"));
    await assert.rejects(call, /gone/);
    assert.equal(bench.clock.pendingTimers, 0);
  });

  it("causes no warning when a thousand callers share one signal", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): number => warnings.push(warning);
    process.on("warning", listener);
    const bench = new Bench();
    const { signal } = new AbortController();
    const calls = Array.from({ length: 1000 }, () => bench.source.getToken({ signal }));
    await settle();
    bench.request.grant("a", HOUR);
    await Promise.all(calls);
    process.off("warning", listener);
    assert.deepEqual(warnings, []);
  });

  it("rejects its callers immediately with an error that is not an AuthError", async () => {
    const bench = new Bench();
    const call = bench.get();
    await settle();
    bench.request.refuse(new RangeError("a bug"));
    await assert.rejects(call, RangeError);
  });

  for (const [clock, change] of [
    ["is stepped back", (fake: FakeClock) => fake.step(-HOUR)],
    ["is stepped forward", (fake: FakeClock) => fake.step(600_000)],
    ["runs on while the machine sleeps", (fake: FakeClock) => fake.suspend(HOUR)],
  ] as const) {
    it(`never returns an expired token when the wall clock ${clock}`, async () => {
      const bench = new Bench();
      await bench.hold("a", HOUR);
      change(bench.clock);
      await bench.clock.advance(HOUR);
      const call = bench.get();
      await settle();
      assert.equal(bench.requests.length, 2);
      bench.request.grant("b", HOUR);
      assert.equal(await call, "b");
    });
  }

  it("detects the expiry of a token during suspension by the wall clock alone", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    bench.clock.suspend(HOUR);
    void bench.get();
    await settle();
    assert.equal(bench.requests.length, 2);
  });

  it("detects the expiry of a token by the monotonic clock alone", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    bench.clock.step(-2 * HOUR);
    await bench.clock.advance(HOUR);
    void bench.get();
    await settle();
    assert.equal(bench.requests.length, 2);
    assert.equal((bench.events.at(-1) as { background?: boolean }).background, false);
  });

  it("does not take a report of an older token for one of the current token, even after that has expired", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    const reporter = bench.get("a");
    await settle();
    bench.request.grant("b", HOUR);
    await reporter;
    await bench.clock.advance(HOUR);
    void bench.get("a");
    await settle();
    assert.equal(bench.request.rejected, undefined);
    assert.equal(bench.events.filter(({ type }) => type === "token-rejected").length, 1);
  });

  it("returns a rejected token only to callers that did not report it, while its replacement is pending", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    const reporter = bench.get("a");
    await settle();
    assert.equal(bench.request.rejected, "a");
    assert.equal(await bench.get(), "a", "nobody else is blocked");
    bench.request.grant("b", HOUR);
    assert.equal(await reporter, "b");
    assert.equal(await bench.get(), "b");
  });

  for (const [situation, error] of [
    ["refuses another one", invalidGrant()],
    ["is down", unreachable()],
  ] as const) {
    it(`rejects the caller that reported a token after one attempt that the endpoint ${situation}`, async () => {
      const bench = new Bench();
      await bench.hold("a", HOUR);
      const reporters = [bench.get("a"), bench.get("a")];
      await settle();
      bench.request.refuse(error);
      for (const reporter of reporters) await assert.rejects(reporter, error);
      assert.equal(await bench.get(), "a");
      await assert.rejects(bench.get("a"), error);
      assert.equal(await bench.get(), "a");
      assert.equal(bench.requests.length, 2, "no further attempt before the backoff has passed");
      await bench.clock.advance(2_000);
      assert.equal(await bench.get(), "a");
      await settle();
      assert.equal(bench.requests.length, 2, "the rejection no longer counts");
      const again = bench.get("a");
      await settle();
      bench.request.grant("b", HOUR);
      assert.equal(await again, "b");
    });
  }

  it("blocks only the caller that reported a rejected token when the endpoint hangs", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    const reporter = bench.get("a");
    for (let second = 0; second < 10; second += 1) {
      assert.equal(await bench.get(), "a");
      await bench.clock.advance(1_000);
    }
    await assert.rejects(reporter, { code: "timeout" });
    assert.equal(bench.requests.length, 2);
  });

  it("lets the caller that reported a rejected token wait if it has expired by the time the attempt fails", async () => {
    const bench = new Bench();
    await bench.hold("a", 5_000);
    const reporter = bench.get("a");
    await bench.clock.advance(5_000);
    bench.request.refuse(unreachable());
    await bench.clock.advance(2_000);
    bench.request.grant("b", HOUR);
    assert.equal(await reporter, "b");
  });

  it("waits no longer than the error says", async () => {
    const bench = new Bench();
    const call = bench.get();
    let failedAt = Number.NaN;
    call.catch(() => {
      failedAt = bench.clock.monotonic();
    });
    await settle();
    while (Number.isNaN(failedAt)) {
      bench.request.refuse(unreachable({ maxWaitMs: 5_000 }));
      await bench.clock.advance(500);
    }
    assert.ok(failedAt <= 5_500, `${failedAt} ms`);
  });

  it("does not request a token with each call of an account that is always refused", async () => {
    const bench = new Bench();
    await bench.hold("0", HOUR);
    let current = "0";
    for (let second = 0; second < 120; second += 1) {
      for (let call = 0; call < 5; call += 1) {
        const next = bench.get(current);
        await settle();
        bench.request.grant(String(bench.requests.length), HOUR);
        current = await next;
      }
      await bench.clock.advance(1_000);
    }
    assert.ok(bench.requests.length <= 12, `${bench.requests.length} requests in 2 min`);
  });

  it("returns the same token if the server issues it again after a rejection", async () => {
    const bench = new Bench();
    await bench.hold("a");
    const call = bench.get("a");
    await settle();
    bench.request.grant("a");
    assert.equal(await call, "a");
  });

  it("uses a token of unknown lifetime until it is rejected", async () => {
    const bench = new Bench();
    await bench.hold("a");
    await bench.clock.advance(1_000 * HOUR);
    assert.equal(await bench.get(), "a");
    assert.equal(bench.requests.length, 1);
  });

  it("refuses a token that has already expired on arrival", async () => {
    const bench = new Bench();
    const call = bench.get();
    await settle();
    bench.request.grant("a", 0);
    await assert.rejects(call, { code: "bad_response" });
  });

  it("makes only one request when a listener calls it", async () => {
    const clock = new FakeClock();
    let requests = 0;
    let called = false;
    const onEvent = (): void => {
      if (called) return;
      called = true;
      void source.getToken();
    };
    const source: TokenSource = cachedTokenSource(
      { origin: "https://acme.example", clock, onEvent },
      async () => {
        requests += 1;
        return { token: "a" };
      },
    );
    await source.getToken();
    assert.equal(requests, 1);
  });

  it("survives a listener that throws", async () => {
    const onEvent = (): void => {
      throw new Error("a bug");
    };
    const source = cachedTokenSource({ origin: "https://acme.example", onEvent }, async () => ({
      token: "a",
    }));
    assert.equal((await source.getToken()).token, "a");
  });

  it("emits an event for each step", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    void bench.get("a");
    await settle();
    bench.request.refuse(invalidGrant());
    await settle();
    assert.deepEqual(
      bench.events.map(({ type }) => type),
      ["token-requested", "token-obtained", "token-rejected", "token-requested", "token-request-failed"],
    );
  });

  it("does not claim that a token is valid which the server has rejected, when no other can be obtained", async () => {
    const lines: string[] = [];
    const log = {
      isEnabled: () => true,
      write: (_: string, level: string, text: string) => lines.push(`${level} ${text}`),
    };
    const bench = new Bench();
    await bench.hold("a", HOUR);
    void bench.get("a");
    await settle();
    bench.request.refuse(invalidGrant());
    await settle();
    for (const event of bench.events.slice(-1)) authLog(log)(event);
    assert.match(
      lines.join(),
      /^error could not get a token; the server has rejected the current one, which stays in use/,
    );
  });

  it("leaves no timer", async () => {
    const bench = new Bench();
    await bench.hold("a", HOUR);
    assert.equal(bench.clock.pendingTimers, 0);
  });

  it("keeps the process alive only while a caller waits", () => {
    const program = (body: string): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, ["--input-type=module-typescript", "-e", body], {
        cwd: import.meta.dirname,
        encoding: "utf8",
        timeout: 15_000,
      });
    const imports = `
      import { AuthError } from "${new URL("../../src/auth/auth-error.ts", import.meta.url)}";
      import { cachedTokenSource } from "${new URL("../../src/auth/cache/cached-token-source.ts", import.meta.url)}";`;
    const waiting = program(`${imports}
      let count = 0;
      const source = cachedTokenSource({ origin: "https://acme.example" }, async () => {
        if (count++ === 0) throw new AuthError({ code: "unreachable", summary: "No response" });
        return { token: "a" };
      });
      process.stdout.write((await source.getToken()).token);`);
    assert.equal(waiting.stdout, "a");
    const startedAt = performance.now();
    const idle = program(`${imports}
      import { systemClock } from "${new URL("../../src/shared/clock.ts", import.meta.url)}";
      let count = 0;
      let stepMs = 0;
      const clock = { ...systemClock, now: () => Date.now() + stepMs };
      const source = cachedTokenSource({ origin: "https://acme.example", clock }, () =>
        count++ === 0 ? Promise.resolve({ token: "a", expiresAt: clock.now() + 600_000 }) : new Promise(() => {}));
      await source.getToken();
      stepMs = 550_000;
      process.stdout.write((await source.getToken()).token + count);`);
    assert.deepEqual([idle.status, idle.stdout], [0, "a2"]);
    assert.ok(performance.now() - startedAt < 9_000, "the timeout of the request kept it alive");
  });
});
