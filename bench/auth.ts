// The cost of getToken() with a cached token, compared with awaiting a promise that is already resolved.
import { cachedTokenSource } from "../src/auth/cache/cached-token-source.ts";
import { checkedTokenSource } from "../src/auth/cache/checked-token-source.ts";
import { personalAccessToken } from "../src/auth/personal-access-token.ts";
import type { AccessToken, TokenSource } from "../src/auth/token-source.ts";
import { median } from "./median.ts";

const CALLS = 500_000;
const ROUNDS = 9;

const origin = "https://acme.example";
const held = Promise.resolve<AccessToken>({ token: "token" });
const http = (): Promise<never> => Promise.reject(new Error("no request is made"));
const cached = cachedTokenSource({ origin }, async () => ({
  token: "token",
  expiresAt: Date.now() + 3_600_000,
}));
const subjects: Readonly<Record<string, TokenSource>> = {
  "resolved promise": { getToken: () => held },
  cachedTokenSource: cached,
  "the same, checked": checkedTokenSource(cached),
  personalAccessToken: personalAccessToken({ token: "token" })({ origin, http }),
};

/** Microseconds per call. */
async function measure(source: TokenSource): Promise<number> {
  const startedAt = performance.now();
  for (let call = 0; call < CALLS; call += 1) await source.getToken();
  return ((performance.now() - startedAt) * 1_000) / CALLS;
}

const rounds: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, source] of Object.entries(subjects)) {
    const cost = await measure(source);
    rounds[name] = [...(rounds[name] ?? []), cost];
  }
}
const floor = median(rounds["resolved promise"] ?? []);
for (const [name, costs] of Object.entries(rounds)) {
  const cost = median(costs);
  console.log(
    `${name.padEnd(20)} ${cost.toFixed(3)} µs a call, ${(cost / floor).toFixed(1)} × the floor, ` +
      `${(cost - floor).toFixed(3)} µs over it`,
  );
}
