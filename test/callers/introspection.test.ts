import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { ResponseCache } from "../../src/callers/response-cache.ts";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { callJson } from "../testing/support/json-call.ts";
import { Fixture, OWNER_SCOPE, refusal } from "./support/fixture.ts";

const INTROSPECT = "/oauth/v2/introspect";

describe("a bearer token that is introspected", () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.emulator.close());

  it("identifies the caller, whether it is opaque, a JWT or a personal access token", async () => {
    const { bot, jwtBot, projectId, clock, application } = fixture;
    await using verifier = fixture.introspecting();
    const { claims, ...told } = await verifier.verify(await fixture.token(bot, "profile", OWNER_SCOPE));
    assert.deepEqual(JSON.parse(JSON.stringify(told)), {
      subject: bot.userId,
      clientId: "bot",
      audience: [projectId],
      scopes: ["openid", fixture.audienceScope, "profile", OWNER_SCOPE],
      roles: { reader: { [bot.organizationId]: "zitadel.localhost" } },
      organization: { id: bot.organizationId, name: "ZITADEL", primaryDomain: "zitadel.localhost" },
      username: "bot",
      expiresAt: clock.now() + 3_600_000,
      verifiedBy: "introspection",
    });
    assert.equal(claims["token_type"], "Bearer");
    const jwt = await verifier.verify(await fixture.token(jwtBot));
    assert.deepEqual([jwt.verifiedBy, Object.keys(jwt.roles)], ["introspection", ["reader"]]);
    const pat = await verifier.verify(bot.token);
    assert.deepEqual([pat.clientId, pat.audience], [undefined, [application.clientId, projectId]]);
  });

  it("may be a JWT that is verified locally, while only others are introspected", async () => {
    await using verifier = fixture.introspecting({}, { jwt: "local" });
    assert.equal((await verifier.verify(await fixture.token(fixture.jwtBot))).verifiedBy, "jwt");
    assert.equal(fixture.takeRequests(INTROSPECT), 0);
    assert.equal((await verifier.verify(await fixture.token(fixture.bot))).verifiedBy, "introspection");
  });

  it("has the roles of the application's project where the service does not configure its project", async () => {
    await using verifier = fixture.introspecting({}, { projectId: undefined });
    const { roles } = await verifier.verify(await fixture.token(fixture.bot));
    assert.deepEqual(Object.keys(roles), ["reader"]);
  });

  it("may be introspected with the key of an application, over the connection of a client", async () => {
    const { emulator, application, bot, clock, projectId } = fixture;
    const auth = personalAccessToken({ token: bot.token });
    await using zitadel = createZitadel({ url: emulator.url, auth });
    await zitadel.user.v2.listUsers();
    const { keyFile: key } = application;
    const introspection = { key, maxAgeMs: 0 };
    await using verifier = fixture.local({ url: undefined, zitadel, introspection });
    await verifier.verify(await fixture.token(bot));
    await verifier.close();
    await zitadel.withOrganization(bot.organizationId).user.v2.listUsers();
    await using other = fixture.local({ url: undefined, zitadel, projectId, introspection, clock });
    await other.verify(await fixture.token(bot));
    const versions = emulator.requests.filter(({ path }) => path === INTROSPECT).map((r) => r.httpVersion);
    assert.deepEqual(versions, ["2", "2"]);
  });

  it("is refused when it is not active, and introspected again the next time", async () => {
    const { emulator, bot } = fixture;
    await using verifier = fixture.introspecting();
    const token = await fixture.token(bot);
    await refusal(verifier.verify("garbage"), "inactive");
    emulator.revokeTokens();
    await refusal(verifier.verify(token), "inactive");
    const later = await fixture.token(bot);
    for (const body of ['{"active":false}', `{"active":true,"aud":"${fixture.projectId}"}`]) {
      const undo = emulator.intercept(async ({ path }, next) =>
        path === INTROSPECT ? { status: 200, headers: new Headers(), body } : await next(),
      );
      await refusal(verifier.verify(later), "inactive");
      undo();
    }
    await verifier.verify(later);
  });

  it("is introspected once for all that wait for it, and again after maxAgeMs", async () => {
    const { clock, bot } = fixture;
    await using verifier = fixture.introspecting({ maxAgeMs: 3_000 });
    const token = await fixture.token(bot);
    const callers = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)));
    assert.ok(callers.every((caller) => caller === callers[0]));
    assert.equal(fixture.takeRequests(INTROSPECT), 1);
    await clock.advance(2_999);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(INTROSPECT), 0);
    await clock.advance(1);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(INTROSPECT), 1);
  });

  it("counts the age of a response from when the request was sent", async () => {
    const { emulator, clock, bot } = fixture;
    await using verifier = fixture.introspecting({ maxAgeMs: 3_000 });
    const token = await fixture.token(bot);
    emulator.intercept(async ({ path }, next) => {
      if (path === INTROSPECT) await clock.advance(1_000);
      return await next();
    });
    await verifier.verify(token);
    fixture.takeRequests(INTROSPECT);
    await clock.advance(1_999);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(INTROSPECT), 0);
    await clock.advance(1);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(INTROSPECT), 1);
  });

  it("is introspected for each request with maxAgeMs 0, but once for concurrent ones", async () => {
    await using verifier = fixture.introspecting({ maxAgeMs: 0 });
    const token = await fixture.token(fixture.bot);
    await Promise.all([verifier.verify(token), verifier.verify(token)]);
    await verifier.verify(token);
    assert.equal(fixture.takeRequests(INTROSPECT), 2);
  });

  it("is accepted after its revocation only as long as the response is cached", async () => {
    const { emulator, clock, bot } = fixture;
    await using verifier = fixture.introspecting();
    const token = await fixture.token(bot);
    await verifier.verify(token);
    const userId = bot.userId;
    await callJson(emulator.url, emulator.serviceUser.token, "user.v2.UserService/LockUser", { userId });
    await clock.advance(9_999);
    await verifier.verify(token);
    await clock.advance(1);
    await refusal(verifier.verify(token), "inactive");
  });

  it("expires by its own exp, even if its response is cached for longer", async () => {
    const { clock, bot } = fixture;
    await using verifier = fixture.introspecting({ maxAgeMs: 2_000_000_000 });
    const token = await fixture.token(bot);
    await verifier.verify(token);
    await clock.advance(3_599_999);
    await verifier.verify(token);
    await clock.advance(1);
    await refusal(verifier.verify(token), "inactive");
  });

  it("is refused after its expiry even if the server still calls it active", async () => {
    const { clock, emulator, bot } = fixture;
    await using verifier = fixture.introspecting({ maxAgeMs: 0 });
    emulator.intercept(async ({ path }, next) => {
      const response = await next();
      if (path !== INTROSPECT || response === undefined) return response;
      const body = JSON.stringify({ active: true, sub: "1", exp: Math.floor(clock.now() / 1_000) });
      return { ...response, body };
    });
    await refusal(verifier.verify(await fixture.token(bot)), "expired");
  });

  it("is refused if it is for another project than the configured one", async () => {
    await using verifier = fixture.introspecting({}, { projectId: "4711" });
    await refusal(verifier.verify(await fixture.token(fixture.bot)), "wrong_audience");
  });

  it("identifies the actor of the caller", async () => {
    const { emulator, bot } = fixture;
    emulator.intercept(async ({ path }, next) => {
      const response = await next();
      if (path !== INTROSPECT || response === undefined) return response;
      const act = { sub: "actor", iss: "https://acme.example", act: { sub: "first" } };
      return { ...response, body: JSON.stringify({ ...JSON.parse(String(response.body)), act }) };
    });
    await using verifier = fixture.introspecting();
    const { actor } = await verifier.verify(await fixture.token(bot));
    const first = { subject: "first", issuer: undefined, actor: undefined };
    assert.deepEqual(actor, { subject: "actor", issuer: "https://acme.example", actor: first });
  });

  it("is refused while introspection is unreachable, slow, or returns invalid responses", async () => {
    const { emulator, clock, bot } = fixture;
    await using verifier = fixture.introspecting();
    const token = await fixture.token(bot);
    const bodies = ["<html>", "", "null", "{}", '{"active":"true"}', "[true]"];
    const faults = [
      ...[500, 502, 503, 429, 404, 302].map((status) => ({ status, headers: new Headers(), body: "" })),
      ...bodies.map((body) => ({ status: 200, headers: new Headers(), body })),
    ];
    for (const response of faults) {
      const undo = emulator.intercept(async ({ path }, next) =>
        path === INTROSPECT ? response : await next(),
      );
      const error = await refusal(verifier.verify(token), "unreachable");
      assert.deepEqual([error.status, error.retryable, error.headers["retry-after"]], [503, true, "1"]);
      undo();
    }
    const asked = Promise.withResolvers<void>();
    const undo = emulator.intercept(({ signal }) => {
      asked.resolve();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    });
    const slow = refusal(verifier.verify(token), "unreachable");
    await asked.promise;
    await clock.advance(5_000);
    assert.match(String((await slow).cause), /\[timeout\]/);
    undo();
    await verifier.verify(token);
    await emulator.close();
    await clock.advance(10_000);
    const gone = refusal(verifier.verify(token), "unreachable");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(5_000);
    await gone;
  });

  it("is refused with a different error if the service's credential is, which is not retried for each request", async () => {
    const { application, clock, bot } = fixture;
    const { clientId } = application;
    const introspection = { clientId, clientSecret: "wrong" };
    await using verifier = fixture.local({ introspection });
    const token = await fixture.token(bot);
    /** Lets time pass until a credential that may be too new has been tried often enough. */
    const refusedInTheEnd = async () => {
      let done = false;
      const refused = refusal(verifier.verify(token), "introspection_refused").finally(() => {
        done = true;
      });
      while (!done) {
        await new Promise(setImmediate);
        if (clock.pendingTimers > 1) await clock.advance(100);
      }
      return await refused;
    };
    const error = await refusedInTheEnd();
    assert.deepEqual([error.status, error.retryable, error.headers], [500, false, {}]);
    assert.match(String(error.cause), /unauthorized_client.*active API application/);
    fixture.takeRequests(INTROSPECT);
    await clock.advance(4_999);
    await refusal(verifier.verify(await fixture.token(bot, "profile")), "introspection_refused");
    assert.equal(fixture.takeRequests(INTROSPECT), 0);
    await clock.advance(1);
    await refusedInTheEnd();
    assert.notEqual(fixture.takeRequests(INTROSPECT), 0);
  });

  it("loads the service's credential once for five seconds of requests, and again if that failed", async () => {
    const { application, clock, bot } = fixture;
    const { clientId } = application;
    let loads = 0;
    let fails = true;
    const clientSecret = () => {
      loads += 1;
      if (fails) throw new Error("no connection to the secret store");
      return application.clientSecret;
    };
    await using verifier = fixture.local({ introspection: { clientId, clientSecret, maxAgeMs: 0 } });
    const token = await fixture.token(bot);
    await refusal(verifier.verify(token), "unreachable");
    fails = false;
    loads = 0;
    for (const [waitMs, expected] of [
      [0, 1],
      [4_999, 1],
      [1, 2],
      [4_999, 2],
    ] as const) {
      await clock.advance(waitMs);
      await verifier.verify(token);
      assert.equal(loads, expected);
    }
  });

  it("is refused when a secret store does not respond in time, or the credential stays unknown for too long", async () => {
    const { clock, bot, application } = fixture;
    const { clientId } = application;
    const token = await fixture.token(bot);
    for (const clientSecret of [() => new Promise<string>(() => {}), "too new to be known"]) {
      await using verifier = fixture.local({ timeoutMs: 1_000, introspection: { clientId, clientSecret } });
      const refused = refusal(verifier.verify(token), "unreachable");
      while (clock.pendingTimers < (typeof clientSecret === "string" ? 2 : 1)) {
        await new Promise(setImmediate);
      }
      await clock.advance(1_000);
      assert.match(String((await refused).cause), /took longer than 1000 ms.*\[timeout\]/);
    }
  });

  it("is introspected with the new credential when the service's is replaced", async () => {
    const { emulator, application, projectId, bot } = fixture;
    const folder = await mkdtemp(join(tmpdir(), "callers-"));
    const keyFile = join(folder, "key.json");
    writeFileSync(keyFile, application.keyFile);
    try {
      await using verifier = fixture.local({ introspection: { keyFile, maxAgeMs: 0 } });
      await verifier.verify(await fixture.token(bot));
      const next = await emulator.createApplication({ projectId });
      emulator.intercept(async (request, respond) => {
        const assertion = new URLSearchParams(Buffer.from(request.body).toString()).get("client_assertion");
        const payload = Buffer.from(assertion?.split(".")[1] ?? "", "base64url").toString();
        if (!payload.includes(application.clientId)) return await respond();
        return { status: 400, headers: new Headers(), body: '{"error":"unauthorized_client"}' };
      });
      writeFileSync(`${keyFile}.new`, next.keyFile);
      renameSync(`${keyFile}.new`, keyFile);
      await verifier.verify(await fixture.token(bot));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is in no error, nor is the service's own credential, even if the server echoes everything", async () => {
    const { emulator, application } = fixture;
    // In a format that is not recognized as a secret.
    const token = "Zk3vQ9xWm2LtR7bNc5YdHs8PfJ4gKa6E";
    emulator.intercept(async (request, next) => {
      if (request.path !== INTROSPECT) return await next();
      const echo = `${Buffer.from(request.body)} ${request.headers.get("authorization")}`;
      const body = JSON.stringify({ error: "server_error", error_description: echo });
      return { status: 500, headers: new Headers({ "x-echo": echo }), body };
    });
    const { keyFile: key } = application;
    for (const verifier of [fixture.introspecting(), fixture.local({ introspection: { key } })]) {
      const error = await refusal(verifier.verify(token), "unreachable");
      const shown = [inspect(error, { depth: 9 }), JSON.stringify(error), String(error), error.stack].join();
      const base64 = Buffer.from(`${application.clientId}:${application.clientSecret}`).toString("base64");
      for (const secret of [token, application.clientSecret, base64]) {
        assert.ok(!shown.includes(secret.slice(4, 24)), shown);
      }
      assert.doesNotMatch(shown, /eyJ/);
      assert.deepEqual(Object.keys(error.toJSON()), ["name", "code", "message"]);
      await verifier.close();
    }
  });
});

/** A model of the cache: a list of entries, the most recently used last. */
class ModelCache {
  readonly #size: number;
  #entries: { key: string; value: number; until: number }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  set(key: string, value: number, until: number): void {
    this.#entries = [...this.#entries.filter((entry) => entry.key !== key), { key, value, until }];
    this.#entries.splice(0, this.#entries.length - this.#size);
  }

  get(key: string, now: number): number | undefined {
    const known = this.#entries.find((entry) => entry.key === key);
    this.#entries = this.#entries.filter((entry) => entry !== known);
    if (known === undefined || now >= known.until) return undefined;
    this.#entries.push(known);
    return known.value;
  }
}

describe("the cache of responses", () => {
  it("keeps the most recently used ones, as long as they are fresh, for any series of uses", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const use = fc.record({ key, set: fc.boolean(), wait: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60, size: "max" }), fc.nat(4), (uses, size) => {
        const cache = new ResponseCache<number>(size);
        const model = new ModelCache(size);
        let now = 0;
        for (const [value, { key, set, wait }] of uses.entries()) {
          now += wait;
          if (!set) assert.equal(cache.get(key, now), model.get(key, now));
          else for (const each of [cache, model]) each.set(key, value, now + 6);
        }
      }),
    );
  });
});
