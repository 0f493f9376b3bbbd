import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it, mock } from "node:test";
import express from "express";
import fastify from "fastify";
import {
  CallerError,
  type CallerVerifier,
  createCallerVerifier,
  hasRole,
  requireRole,
} from "../../src/callers/index.ts";
import type { CallerRequirement } from "../../src/callers/requirement.ts";
import { Fixture, ROLES_SCOPE, refusal } from "./support/fixture.ts";

/** A server with one path that returns the caller, with requirements. */
type Serve = (
  verifier: CallerVerifier,
  requirement: CallerRequirement<object> | undefined,
) => Promise<{ fetch(headers: HeadersInit): Promise<Response>; close(): Promise<unknown> }>;

const serve: Record<string, Serve> = {
  async express(verifier, requirement) {
    const app = express().set("env", "production");
    app.get("/", verifier.middleware(requirement), (request, response) => {
      response.json({ subject: verifier.getCaller(request).subject });
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      fetch: (headers) => fetch(`http://127.0.0.1:${port}/`, { headers }),
      close: async () => server.close(),
    };
  },
  async fastify(verifier, requirement) {
    const app = fastify();
    app.get("/", { onRequest: verifier.middleware(requirement) }, (request) => ({
      subject: verifier.getCaller(request).subject,
    }));
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { fetch: (headers) => fetch(url, { headers }), close: () => app.close() };
  },
  async "node:http"(verifier, requirement) {
    const server = createServer(async (request, response) => {
      try {
        const { subject } = await verifier.verifyRequest(request, requirement);
        response.end(JSON.stringify({ subject }));
      } catch (error) {
        if (!(error instanceof CallerError)) throw error;
        response.writeHead(error.status, error.headers).end();
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      fetch: (headers) => fetch(`http://127.0.0.1:${port}/`, { headers }),
      close: async () => server.close(),
    };
  },
  async "web requests"(verifier, requirement) {
    const handle = verifier.fetchHandler(
      (request, { subject }) => Response.json({ subject: verifier.getCaller(request).subject && subject }),
      requirement,
    );
    return {
      fetch: (headers) => handle(new Request("https://api.example/", { headers })),
      close: async () => {},
    };
  },
};

for (const [name, start] of Object.entries(serve)) {
  describe(`a service on ${name}`, () => {
    let fixture: Fixture;
    let verifier: CallerVerifier;
    let token: string;
    const codes: string[] = [];
    before(async () => {
      fixture = await Fixture.start();
      // Express logs what it responds to with an error.
      mock.method(console, "error", () => {});
      verifier = fixture.local({
        onError: async ({ code }) => {
          codes.push(code);
          throw new Error("a listener that rejects");
        },
      });
      token = await fixture.token(fixture.jwtBot, ROLES_SCOPE);
    });
    after(() => fixture.emulator.close());

    async function responses(requirement: CallerRequirement<object> | undefined, headers: HeadersInit[]) {
      codes.length = 0;
      const service = await start(verifier, requirement);
      try {
        return await Promise.all(headers.map((each) => service.fetch(each)));
      } finally {
        await service.close();
      }
    }

    it("identifies the caller, however the scheme is capitalized", async () => {
      const headers = ["Bearer", "bearer", "BEARER"].map((scheme) => ({
        authorization: `${scheme} ${token}`,
      }));
      for (const response of await responses(undefined, headers)) {
        assert.deepEqual([response.status, await response.json()], [200, { subject: fixture.jwtBot.userId }]);
      }
    });

    it("challenges as RFC 6750 requires, and logs the reason", async () => {
      const forged = `${token.slice(0, -8)}AAAAAAAA`;
      const all = await responses(undefined, [
        {},
        { authorization: "Basic YTpi" },
        { authorization: "Bearer" },
        { authorization: `Bearer ${token} ${token}` },
        { authorization: `Bearer "${token}"` },
        { authorization: `Bearer ${forged}` },
      ]);
      const invalid = 'error="invalid_token", error_description="The token\'s signature is not valid"';
      const malformed =
        'error="invalid_request", error_description="The Authorization header does not hold a single bearer token"';
      assert.deepEqual(
        all.map(({ status, headers }) => [status, headers.get("www-authenticate")]),
        [
          [401, 'Bearer realm="api"'],
          [401, 'Bearer realm="api"'],
          [400, `Bearer realm="api", ${malformed}`],
          [400, `Bearer realm="api", ${malformed}`],
          [400, `Bearer realm="api", ${malformed}`],
          [401, `Bearer realm="api", ${invalid}`],
        ],
      );
      assert.deepEqual(codes.toSorted(), [
        "bad_signature",
        "malformed",
        "malformed",
        "malformed",
        "missing_token",
        "missing_token",
      ]);
      for (const response of all) assert.doesNotMatch(await response.text(), /eyJ|stack|\/src\//);
    });

    it("accepts callers with the role, and refuses others with 403", async () => {
      const { organizationId } = fixture.jwtBot;
      const headers = { authorization: `Bearer ${token}` };
      const cases: [CallerRequirement<object>, number][] = [
        [{ role: "reader" }, 200],
        [{ role: "writer" }, 403],
        [{ role: "constructor" }, 403],
        [{ role: "reader", organizationId }, 200],
        [{ role: "reader", organizationId: "4711" }, 403],
        [{ role: "reader", organizationId: "toString" }, 403],
        [{ role: "reader", organizationId: () => organizationId }, 200],
        [{ role: "reader", organizationId: () => "" }, 403],
        // JavaScript, and casts of parameters of a route, may return nothing.
        [{ role: "reader", organizationId: () => undefined as unknown as string }, 403],
        [{}, 200],
      ];
      for (const [requirement, status] of cases) {
        const [response] = await responses(requirement, [headers]);
        assert.equal(response?.status, status, JSON.stringify(requirement));
        if (status === 403) {
          assert.match(response.headers.get("www-authenticate") ?? "", /error="insufficient_scope"/);
          assert.deepEqual(codes, ["missing_role"]);
        }
      }
    });
  });
}

describe("createCallerVerifier()", () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.start();
  });
  after(() => fixture.emulator.close());

  it("knows the callers only of requests that it has accepted", async () => {
    const verifier = fixture.local();
    assert.throws(() => verifier.getCaller({}), { code: "not_verified", status: 500 });
    const request = new Request("https://api.example/", { headers: { authorization: "Bearer x" } });
    await refusal(verifier.verifyRequest(request), "opaque_token");
    assert.throws(() => verifier.getCaller(request), { code: "not_verified" });
  });

  it("reads the bearer token only from the header", async () => {
    const token = await fixture.token(fixture.jwtBot);
    const verifier = fixture.local();
    const url = `https://api.example/?access_token=${token}`;
    const body = new URLSearchParams({ access_token: token });
    const request = new Request(url, { method: "POST", body, headers: { cookie: `access_token=${token}` } });
    await refusal(verifier.verifyRequest(request), "missing_token");
    const twice = new Headers([
      ["authorization", `Bearer ${token}`],
      ["authorization", `Bearer ${token}`],
    ]);
    await refusal(verifier.verifyRequest({ headers: twice }), "malformed");
    await refusal(verifier.verify("a".repeat(16_385)), "malformed");
    await refusal(verifier.verify("a".repeat(16_384)), "opaque_token");
    await refusal(verifier.verify(undefined as unknown as string), "malformed");
    // A header of this name must not be taken for the method of web headers.
    const headers = { get: "x", authorization: "Bearer x " };
    await refusal(verifier.verifyRequest({ headers }), "opaque_token");
    for (const request of [{}, { headers: null }, { headers: "authorization: Bearer x" }]) {
      await assert.rejects(verifier.verifyRequest(request as never), /TypeError: .*request.*headers/);
    }
    await refusal(verifier.verify(`${token}\r\nx: y`), "malformed");
  });

  it("rethrows what its web handler throws, unless it concerns the caller", async () => {
    const verifier = fixture.local();
    const headers = { authorization: `Bearer ${await fixture.token(fixture.jwtBot, ROLES_SCOPE)}` };
    const request = () => new Request("https://api.example/", { headers });
    const failing = verifier.fetchHandler(() => {
      throw new RangeError("of the handler");
    });
    await assert.rejects(failing(request()), RangeError);
    const strict = verifier.fetchHandler((_, caller) => {
      requireRole(caller, "writer", "4711");
      return new Response();
    });
    assert.equal((await strict(request())).status, 403);
    const caller = await verifier.verifyRequest(request());
    assert.deepEqual([hasRole(caller, "reader"), hasRole(caller, "writer")], [true, false]);
    assert.throws(() => requireRole(caller, "writer", "4711"), {
      role: "writer",
      message: 'The caller lacks the required role: "writer" in organization "4711"',
    });
    for (const check of [hasRole, requireRole]) {
      assert.throws(() => check(caller, ""), new RegExp(`TypeError: ${check.name}\\(\\): role is `));
      assert.throws(() => check(caller, "reader", ""), new RegExp(`${check.name}\\(\\): organizationId is `));
    }
    assert.equal(hasRole({ roles: { reader: {} } }, "reader"), false);
    assert.equal(hasRole({ roles: {} }, "constructor", "name"), false);
  });

  it("passes on the error of a requirement, and reports only errors about callers", async () => {
    const codes: string[] = [];
    const verifier = fixture.local({ onError: ({ code }) => void codes.push(code) });
    const headers = { authorization: `Bearer ${await fixture.token(fixture.jwtBot, ROLES_SCOPE)}` };
    const organizationId = () => {
      throw new RangeError("of the service");
    };
    await assert.rejects(verifier.verifyRequest({ headers }, { role: "reader", organizationId }), RangeError);
    assert.deepEqual(codes, []);
    const nowhere = verifier.verifyRequest({ headers }, { role: "reader", organizationId: () => "" });
    assert.equal((await refusal(nowhere, "missing_role")).role, "reader");
    assert.deepEqual(codes, ["missing_role"]);
  });

  it("refuses invalid options and requirements, without quoting secrets", () => {
    const { projectId } = fixture;
    const url = fixture.emulator.url;
    const secret = "s3cret-value";
    const wrong: [options: object, message: RegExp][] = [
      [{ url }, /projectId is undefined; expected the id of the project/],
      [{ url, projectId: 5 }, /projectId is a number/],
      [{ url, projectId, audience: "x" }, /audience is not an option; did you mean projectId\?/],
      [{ url, projectId, introspection: { clientId: "x" } }, /exactly one of clientSecretFile, clientSecret/],
      [
        { url, projectId, introspection: { key: secret } },
        /key is a string; expected the key file of an application/,
      ],
      [{ url, introspection: { clientSecret: secret } }, /introspection\.clientId is undefined/],
      [
        { url, introspection: { clientId: "x", clientSecret: secret, cacheMs: 5 } },
        /introspection\.cacheMs is not an option; known options: /,
      ],
      [
        { url, introspection: { clientId: "x", clientSecret: secret, maxAgeMs: -1 } },
        /introspection\.maxAgeMs is -1; expected milliseconds from 0/,
      ],
      [{ url, projectId, jwt: secret }, /jwt is a string; expected one of "local", "introspect"/],
      [{ url, projectId, jwt: "introspect" }, /introspection is undefined/],
      [{ url, projectId, timeoutMs: 0 }, /timeoutMs is 0; expected milliseconds from 1/],
      [{ url, projectId, issuer: secret }, /issuer is a string; expected a URL/],
      [{ url, projectId, onError: secret }, /onError is a string; expected a function/],
      [{ url, projectId, zitadel: {} }, /url is set together with zitadel/],
      [{ projectId, zitadel: {} }, /zitadel is an object; expected a client of createZitadel\(\)/],
      [{ projectId, url: "http://acme.example" }, /in the clear/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(
        () => fixture.local.call({ emulator: {}, clock: undefined, projectId: undefined }, options),
        (error: unknown) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, new RegExp(secret));
          return true;
        },
      );
    }
    const verifier = fixture.local();
    const requirements: object[] = [
      { roles: "reader" },
      { role: undefined },
      { role: "" },
      { role: ["reader"] },
      { organizationId: "1" },
      { role: "reader", organizationId: undefined },
      { role: "reader", organizationId: "" },
    ];
    for (const requirement of requirements) {
      assert.throws(
        () => verifier.middleware(requirement),
        /^TypeError: middleware\(\): (role|organizationId)/,
      );
      assert.throws(() => verifier.fetchHandler(() => new Response(), requirement), /: fetchHandler\(\): /);
    }
    assert.throws(() => verifier.fetchHandler(undefined as never), /: fetchHandler\(\)/);
    assert.throws(() => createCallerVerifier({ url: "x" }), /^TypeError: createCallerVerifier\(\): /);
  });

  it("reads options that are not set from the environment", async () => {
    const { emulator, projectId, application, clock, bot } = fixture;
    const names = {
      ZITADEL_API_URL: emulator.url,
      ZITADEL_PROJECT_ID: ` ${projectId}\n`,
      ZITADEL_INTROSPECTION_KEY: application.keyFile,
    };
    Object.assign(process.env, names);
    const { createCallerVerifier } = await import("../../src/callers/index.ts");
    try {
      await using verifier = createCallerVerifier({ clock });
      assert.deepEqual((await verifier.verify(await fixture.token(bot))).audience, [projectId]);
      process.env["ZITADEL_INTROSPECTION_CLIENT_ID"] = "x";
      assert.throws(
        () => createCallerVerifier(),
        /with ZITADEL_INTROSPECTION_KEY, ZITADEL_INTROSPECTION_CLIENT_ID; expected exactly one of/,
      );
    } finally {
      for (const name of [...Object.keys(names), "ZITADEL_INTROSPECTION_CLIENT_ID"]) delete process.env[name];
    }
  });
});
