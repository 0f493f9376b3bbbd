import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AuthError } from "../../src/auth/auth-error.ts";
import { cachedTokenSource } from "../../src/auth/cache/cached-token-source.ts";
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
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("report" as const), which: fc.constantFrom(0, 0, 0, 1, 5) }),
  },
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

/** When a token expires: by each clock, and in real time. */
interface End {
  readonly monotonic: number;
  readonly wall: number;
  readonly real: number;
}

/** The duration of a request. */
const ATTEMPT_MS = 10_000;

/** Runs steps against a source and, after each, checks its invariants. */
class World {
  readonly clock = new FakeClock();
  readonly #source: TokenSource;
  readonly #ends = new Map<string, End>();
  #asleep = 0;
  #requests: Request[] = [];
  #lastFailureAt = Number.NEGATIVE_INFINITY;
  #open = 0;
  #calls = new Set<AbortController>();
  #names: string[] = [];
  #serial = 0;
  /** Violated invariants. */
  #broken: Error | undefined;

  /** A wall clock is either stepped or runs on during sleep: no client can distinguish the two. */
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
    if (step.do === "call") await this.#call(undefined, step.abort);
    if (step.do === "report") await this.#call(this.#names.at(-1 - step.which), false);
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
    const lasts = lifetimeMs ?? Number.POSITIVE_INFINITY;
    const [monotonic, wall] = [this.clock.monotonic() + lasts, this.clock.now() + lasts];
    this.#ends.set(token, { monotonic, wall, real: monotonic + this.#asleep });
    this.#names.push(token);
    return lifetimeMs === undefined ? { token } : { token, expiresAt: wall };
  }

  async #call(rejected: string | undefined, abort: boolean): Promise<void> {
    const caller = new AbortController();
    const current = this.#current();
    const startedAt = this.clock.monotonic();
    this.#calls.add(caller);
    this.#source
      .getToken({ signal: caller.signal, rejected })
      .then(
        ({ token }) => this.#checkToken(token),
        () => {
          if (current !== undefined && current === this.#current()) this.#checkWait(startedAt);
        },
      )
      .catch((error: unknown) => {
        this.#broken ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#calls.delete(caller));
    if (abort) caller.abort();
    await settle();
    if (current === undefined || current === rejected) return;
    assert.ok(!this.#calls.has(caller), "a caller waited although a valid token was available");
  }

  /** The token in use, unless it has expired by either clock. */
  #current(): string | undefined {
    const token = this.#names.at(-1) ?? "";
    const end = this.#ends.get(token);
    const isValid =
      end !== undefined && this.clock.monotonic() < end.monotonic && this.clock.now() < end.wall;
    return isValid ? token : undefined;
  }

  /** A caller that reports a token, or aborts, waits for at most one attempt while the token is valid. */
  #checkWait(startedAt: number): void {
    const waitedMs = this.clock.monotonic() - startedAt;
    assert.ok(waitedMs <= ATTEMPT_MS, `a caller with a valid token waited ${waitedMs} ms for an error`);
  }

  #checkToken(token: string): void {
    const endsAt = this.#ends.get(token)?.real ?? 0;
    // Real time is the monotonic clock plus the time asleep; a step of the wall clock is not time.
    const now = this.clock.monotonic() + this.#asleep;
    assert.ok(now <= endsAt, `${token} was handed out ${now - endsAt} ms after it expired`);
  }

  /** Whatever happened, every call ends, and no timer is left. */
  async finish(): Promise<void> {
    for (let second = 0; second < 60 && this.#calls.size > 0; second += 1) await this.clock.advance(1_000);
    assert.equal(this.#calls.size, 0, "no call is lost");
    await this.clock.advance(10_000);
    assert.equal(this.clock.pendingTimers, 0, "no timer is left");
    if (this.#broken !== undefined) throw this.#broken;
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

/** A source with a token. */
const HELD: readonly Step[] = [
  { do: "call", abort: false },
  { do: "grant", lifetimeMs: 3_600_000 },
];

/** What may happen to it, one step of each kind. */
const KINDS: readonly Step[] = [
  { do: "call", abort: false },
  { do: "report", which: 0 },
  { do: "report", which: 1 },
  { do: "grant", lifetimeMs: 60_000 },
  { do: "fail", retryable: true, retryAfterMs: 0 },
  { do: "fail", retryable: false, retryAfterMs: 0 },
  { do: "pass", ms: 10_000 },
  { do: "pass", ms: 50_000 },
];

function sequences(length: number): (readonly Step[])[] {
  if (length === 0) return [[]];
  return sequences(length - 1).flatMap((sequence) => KINDS.map((step) => [...sequence, step]));
}

async function play(sleeps: boolean, sequence: readonly Step[]): Promise<void> {
  const world = new World(sleeps);
  for (const step of sequence) await world.run(step);
  await world.finish();
}

describe("cachedTokenSource(): at most one request is in flight, no expired token is returned, no valid one is withheld, no call is lost", () => {
  it("for any lifetimes, clocks and interleavings", async () => {
    const starts = fc.constantFrom<readonly Step[]>([], HELD);
    const sequence = fc.array(steps, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), starts, sequence, (sleeps, start, rest) =>
        play(sleeps, [...start, ...rest]),
      ),
      { numRuns: 400 },
    );
  });

  it("for every sequence of four steps with a token that the server may reject", async () => {
    for (const sequence of sequences(4)) await play(false, [...HELD, ...sequence]);
  });
});
