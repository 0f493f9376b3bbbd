import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AuthError } from "../../src/auth/auth-error.ts";
import { cachedTokenSource } from "../../src/auth/cached-token-source.ts";
import type { AccessToken, TokenSource } from "../../src/auth/token-source.ts";
import { FakeClock, settle } from "./support/clocks.ts";

/** What may happen to a source. */
type Step =
  | { readonly do: "call"; readonly abort: boolean }
  | { readonly do: "report"; readonly which: number }
  | { readonly do: "abort" }
  | { readonly do: "grant"; readonly lifetimeMs: number | undefined }
  | { readonly do: "fail"; readonly retryable: boolean; readonly retryAfterMs: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "shift"; readonly ms: number };

const lifetimes = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 10_000, max: 200_000 }),
  fc.integer({ min: 3_600_000, max: 2 ** 41 }),
  fc.constant(undefined),
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const), abort: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("report" as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("grant" as const), lifetimeMs: lifetimes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      retryable: fc.boolean(),
      retryAfterMs: fc.constantFrom(0, 0, 5_000, 1e9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 100_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("shift" as const), ms: fc.integer({ min: -1e7, max: 1e7 }) }),
  },
);

interface Request {
  readonly settle: (outcome: AccessToken | Error) => void;
}

/** Runs steps against a source and checks, at each, what must always hold. */
class World {
  readonly clock = new FakeClock();
  readonly #source: TokenSource;
  readonly #endsAt = new Map<string, number>();
  #asleep = 0;
  #requests: Request[] = [];
  #lastFailureAt = Number.NEGATIVE_INFINITY;
  #open = 0;
  #calls = new Set<AbortController>();
  #names: string[] = [];
  #serial = 0;

  /** A wall clock is either stepped or runs on during sleep: no client can tell one from the other. */
  readonly #sleeps: boolean;

  constructor(sleeps: boolean) {
    this.#sleeps = sleeps;
    const context = { origin: "https://acme.example", clock: this.clock };
    this.#source = cachedTokenSource(context, ({ signal }) => this.#request(signal));
  }

  #request(signal: AbortSignal): Promise<AccessToken> {
    assert.equal(this.#open, 0, "at most one request in flight");
    assert.ok(this.clock.monotonic() - this.#lastFailureAt >= 1_000, "no request within 1 s of a failure");
    this.#open += 1;
    return new Promise((resolve, reject) => {
      const end = (outcome: AccessToken | Error): void => {
        this.#requests = this.#requests.filter((other) => other !== request);
        this.#open -= 1;
        if (outcome instanceof Error) {
          this.#lastFailureAt = this.clock.monotonic();
          reject(outcome);
        } else resolve(outcome);
      };
      const request: Request = { settle: end };
      this.#requests.push(request);
      signal.addEventListener("abort", () => end(new Error("aborted")));
    });
  }

  async run(step: Step): Promise<void> {
    if (step.do === "call") this.#call(undefined, step.abort);
    if (step.do === "report") this.#call(this.#names.at(-1 - step.which), false);
    if (step.do === "abort") for (const caller of this.#calls) caller.abort();
    if (step.do === "grant") this.#requests[0]?.settle(this.#issue(step.lifetimeMs));
    if (step.do === "fail") this.#requests[0]?.settle(failure(step.retryable, step.retryAfterMs));
    if (step.do === "pass") await this.clock.advance(step.ms);
    if (step.do === "shift" && this.#sleeps) this.#suspend(Math.abs(step.ms));
    if (step.do === "shift" && !this.#sleeps) this.clock.step(step.ms);
    await settle();
  }

  #suspend(ms: number): void {
    this.#asleep += ms;
    this.clock.suspend(ms);
  }

  #issue(lifetimeMs: number | undefined): AccessToken {
    const token = `token-${++this.#serial}`;
    const endsAt = this.clock.monotonic() + this.#asleep + (lifetimeMs ?? Number.POSITIVE_INFINITY);
    this.#endsAt.set(token, endsAt);
    this.#names.push(token);
    return lifetimeMs === undefined ? { token } : { token, expiresAt: this.clock.now() + lifetimeMs };
  }

  #call(rejected: string | undefined, abort: boolean): void {
    const caller = new AbortController();
    this.#calls.add(caller);
    this.#source
      .getToken({ signal: caller.signal, rejected })
      .then(({ token }) => this.#check(token))
      .catch((error: unknown) => {
        if (error instanceof assert.AssertionError) this.broken = error;
      })
      .finally(() => this.#calls.delete(caller));
    if (abort) caller.abort();
  }

  /** An invariant that did not hold. */
  broken: Error | undefined;

  #check(token: string): void {
    const endsAt = this.#endsAt.get(token) ?? 0;
    // Real time is the monotonic clock plus the time asleep; a step of the wall clock is not time.
    const now = this.clock.monotonic() + this.#asleep;
    assert.ok(now <= endsAt, `${token} was handed out ${now - endsAt} ms after its end`);
  }

  /** Whatever happened, every call ends, and nothing stays behind. */
  async finish(): Promise<void> {
    for (let second = 0; second < 60 && this.#calls.size > 0; second += 1) await this.clock.advance(1_000);
    assert.equal(this.#calls.size, 0, "no call is lost");
    await this.clock.advance(10_000);
    assert.equal(this.clock.pendingTimers, 0, "no timer is left");
    if (this.broken !== undefined) throw this.broken;
  }
}

function failure(retryable: boolean, retryAfterMs: number): AuthError {
  const code = retryable ? "rate_limited" : "invalid_grant";
  return new AuthError({
    code,
    summary: "Refused",
    retryAfterMs: retryAfterMs === 0 ? undefined : retryAfterMs,
  });
}

describe("cachedTokenSource(), for any lifetimes, clocks and interleavings", () => {
  it("at most one request is in flight, no expired token is handed out, no call is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(steps, { minLength: 1, maxLength: 40 }),
        async (sleeps, sequence) => {
          const world = new World(sleeps);
          for (const step of sequence) await world.run(step);
          await world.finish();
        },
      ),
      { numRuns: 500 },
    );
  });
});
