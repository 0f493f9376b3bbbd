// The cost of verifying the caller of a request: a JWT, compared with jose alone; and introspection, cached and not,
// compared with fetch alone. `node bench/callers.ts`; the emulator runs in the same process.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { createCallerVerifier } from "../src/callers/index.ts";
import { type ServiceUser, startEmulator } from "../src/testing/index.ts";
import { median } from "./median.ts";

const ROUNDS = 7;

await using emulator = await startEmulator();
const { projectId } = emulator.createProject({ roles: ["reader"] });
const { clientId, clientSecret } = await emulator.createApplication({ projectId });
const jwtBot = await emulator.createServiceUser({ username: "jwt-bot", accessTokenType: "jwt" });
const bot = await emulator.createServiceUser({ username: "bot" });
for (const { userId } of [jwtBot, bot])
  emulator.createAuthorization({ userId, projectId, roles: ["reader"] });

async function requestToken({ clientId, clientSecret }: ServiceUser): Promise<string> {
  const audience = `urn:zitadel:iam:org:project:id:${projectId}:aud`;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    scope: `openid profile ${audience} urn:zitadel:iam:org:projects:roles`,
    client_id: clientId,
    client_secret: clientSecret,
  });
  const response = await fetch(`${emulator.url}/oauth/v2/token`, { method: "POST", body });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Microseconds per call, one after the other. */
async function measure(calls: number, call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (let left = calls; left > 0; left -= 1) await call();
  return ((performance.now() - startedAt) * 1_000) / calls;
}

/** Measures subjects in turn, so that other load on the machine affects all of them; the first is the baseline. */
async function compare(
  title: string,
  calls: number,
  subjects: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const rounds: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(subjects)) {
      const cost = await measure(calls, call);
      // The first round warms up.
      if (round > 0) rounds[name] = [...(rounds[name] ?? []), cost];
    }
    emulator.requests.length = 0;
  }
  console.log(title);
  let floor: number | undefined;
  for (const [name, costs] of Object.entries(rounds)) {
    const cost = median(costs);
    floor ??= cost;
    const more = `${(cost / floor).toFixed(2)} × the floor, ${(cost - floor).toFixed(1)} µs over it`;
    console.log(`  ${name.padEnd(40)} ${cost.toFixed(1).padStart(8)} µs, ${more}`);
  }
}

for (const algorithm of ["RS256", "ES256", "EdDSA"] as const) {
  await emulator.rotateWebKey(algorithm);
  const token = await requestToken(jwtBot);
  const response = await fetch(`${emulator.url}/oauth/v2/keys`);
  const findKey = createLocalJWKSet((await response.json()) as JSONWebKeySet);
  const expected = { issuer: emulator.url, audience: projectId, algorithms: [algorithm] };
  await using verifier = createCallerVerifier({ url: emulator.url, projectId });
  const request = { headers: { authorization: `Bearer ${token}` } };
  await compare(`A JWT signed with ${algorithm}`, 2_000, {
    "jose's jwtVerify": () => jwtVerify(token, findKey, expected),
    "verify()": () => verifier.verify(token),
    "verifyRequest() with a role": () => verifier.verifyRequest(request, { role: "reader" }),
  });
}

const token = await requestToken(bot);
const request = { headers: { authorization: `Bearer ${token}` } };
const introspection = { clientId, clientSecret };
await using kept = createCallerVerifier({ url: emulator.url, projectId, introspection });
await compare("A cached introspection", 20_000, {
  "a resolved promise": () => Promise.resolve(),
  "verify()": () => kept.verify(token),
  "verifyRequest() with a role": () => kept.verifyRequest(request, { role: "reader" }),
});

const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
await using asked = createCallerVerifier({
  url: emulator.url,
  projectId,
  introspection: { ...introspection, maxAgeMs: 0 },
});
await compare("An uncached introspection, on loopback", 300, {
  "fetch, over HTTP/1.1": async () => {
    const body = new URLSearchParams({ token });
    const headers = { authorization };
    const response = await fetch(`${emulator.url}/oauth/v2/introspect`, { method: "POST", headers, body });
    return await response.json();
  },
  "verify()": () => asked.verify(token),
});
