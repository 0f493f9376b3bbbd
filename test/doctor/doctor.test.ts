import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import * as http from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AuthService } from "../../gen/zitadel/auth_pb.js";
import { run as runCommandLine } from "../../src/cli/run.ts";
import type { CheckResult, CheckStatus } from "../../src/doctor/check.ts";
import { checks, doctor } from "../../src/doctor/doctor.ts";
import type { DoctorOptions } from "../../src/doctor/doctor-context.ts";
import { Code, createZitadel, personalAccessToken, privateKeyJwt } from "../../src/index.ts";
import { createServiceUser } from "../../src/service-users/index.ts";
import {
  type Emulator,
  type HttpResponse,
  type ServiceUser,
  startEmulator,
  zitadelError,
} from "../../src/testing/index.ts";
import { interceptPaths } from "../errors/support/intercept-paths.ts";
import { refusesGrpcAsAlb, startReverseProxy } from "../transport/support/reverse-proxy.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const respond = (
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): HttpResponse => ({
  status,
  headers: new Headers({ "content-type": type, ...headers }),
  body,
});

describe("doctor", () => {
  let emulator: Emulator;
  let secure: Emulator;
  let user: ServiceUser;
  before(async () => {
    [emulator, secure] = await Promise.all([startEmulator(), startEmulator({ tls: true })]);
    user = emulator.serviceUser;
    for (const one of [emulator, secure]) {
      one.handle(AuthService, {
        listMyMemberships: () => ({
          result: [{ roles: ["IAM_OWNER"] }, { roles: ["ORG_OWNER", "IAM_OWNER"] }],
        }),
      });
    }
  });
  after(async () => {
    await emulator.close();
    await secure.close();
  });

  /** Runs all checks, with only `env` as the environment. */
  async function examine(options: DoctorOptions): Promise<CheckResult[]> {
    const given = {
      url: emulator.url,
      env: { ZITADEL_SERVICE_USER_TOKEN: user.token },
      checkTimeoutMs: 2_000,
    };
    const results: CheckResult[] = [];
    for await (const result of doctor({ ...given, ...options })) results.push(result);
    return results;
  }

  function statuses(results: readonly CheckResult[], status: CheckStatus): string[] {
    return results.filter((result) => result.status === status).map(({ name }) => name);
  }

  it("reports no problem, check by check", async () => {
    const results = await examine({});
    assert.deepEqual(
      results.map(({ name }) => name),
      checks.map(({ name }) => name),
    );
    assert.deepEqual(
      statuses(results, "ok"),
      checks.map(({ name }) => name).filter((name) => name !== "credential-audit"),
    );
    const summary = (name: string) => results.find((result) => result.name === name)?.summary ?? "";
    assert.match(summary("first-call"), new RegExp(`signed in as service-user \\(${user.userId}\\)`));
    assert.equal(summary("permissions"), "roles: IAM_OWNER, ORG_OWNER");
    assert.match(summary("version"), /all 29 services/);
  });

  it("names the services that the server has and the client's API lacks, and how to get them", async () => {
    await using newer = await startEmulator();
    newer.handle({ ...AuthService, typeName: "zitadel.future.v2.FutureService" }, {});
    const env = { ZITADEL_API_URL: newer.url, ZITADEL_SERVICE_USER_TOKEN: newer.serviceUser.token };
    const results: CheckResult[] = [];
    for await (const result of doctor({ env })) results.push(result);
    const version = results.find(({ name }) => name === "version");
    assert.equal(version?.status, "ok");
    assert.ok(
      version.summary.endsWith(
        `it has 1 more, for which \`npx zitadel-connect generate --from ${newer.url}\` makes clients: zitadel.future.v2.FutureService`,
      ),
      version.summary,
    );
  });

  it("reports no problem over TLS with a key file", async () => {
    const env = { ZITADEL_API_URL: secure.url, ZITADEL_KEY: secure.serviceUser.keyFile };
    const results = await examine({ url: undefined, env, tls: { ca: secure.ca } });
    assert.deepEqual(statuses(results, "warning"), ["credential-audit"]);
    assert.equal(statuses(results, "ok").length, checks.length - 1, JSON.stringify(results, null, 1));
  });

  it("warns of what an audit finds about the credential in use, and of nothing else", async () => {
    const found = async (env: NodeJS.ProcessEnv) =>
      (await examine({ env })).find(({ name }) => name === "credential-audit");
    const token = await found({ ZITADEL_SERVICE_USER_TOKEN: user.token });
    assert.match(
      token?.summary ?? "",
      /^the personal access token \d+ of service-user could be a key; .* never expires$/,
    );
    assert.match(token?.fix ?? "", /^Use a key, .*\. Rotate it: the new one will expire\.$/);

    const directory = mkdtempSync(join(tmpdir(), "doctor-"));
    const file = join(directory, "service-user.json");
    writeFileSync(file, user.keyFile, { mode: 0o644 });
    const key = await found({ ZITADEL_KEY_FILE: file });
    assert.match(
      key?.summary ?? "",
      /service-user\.json has the mode 0644: .*; the key \d+ of service-user never expires$/,
    );

    const zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(user) });
    await rm(file);
    await createServiceUser(zitadel, { username: "sound", file });
    await zitadel.close();
    assert.deepEqual(await found({ ZITADEL_KEY_FILE: file }), {
      name: "credential-audit",
      status: "ok",
      summary: "no findings",
    });
    rmSync(directory, { recursive: true });
  });

  /** A token that an application obtained in its own way. */
  async function tokenWithScope(scope: string): Promise<string> {
    const tokens = await fetch(`${emulator.url}/oauth/v2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: user.clientId,
        client_secret: user.clientSecret,
        scope,
      }),
    });
    return ((await tokens.json()) as { access_token: string }).access_token;
  }

  interface Illness {
    readonly what: string;
    /** The check that finds it. */
    readonly check: string;
    readonly summary: RegExp;
    readonly fix: RegExp;
    readonly status?: CheckStatus;
    readonly options: () => DoctorOptions | Promise<DoctorOptions>;
    /** Responds in the emulator's place. */
    readonly intercept?: (path: string) => HttpResponse | undefined;
    readonly firstCall?: ReturnType<typeof zitadelError>;
  }

  const keyWith = (change: object): NodeJS.ProcessEnv => ({
    ZITADEL_KEY: JSON.stringify({ ...JSON.parse(user.keyFile), ...change }),
  });
  const onToken = (response: HttpResponse) => (path: string) =>
    path === "/oauth/v2/token" ? response : undefined;
  const onDiscovery = (response: HttpResponse) => (path: string) =>
    path.startsWith("/.well-known/") ? response : undefined;
  const oauthError = (status: number, error: string) =>
    respond(status, "application/json", JSON.stringify({ error }));
  const discoveryFor = (issuer: string, headers = {}) =>
    respond(
      200,
      "application/json",
      JSON.stringify({ issuer, token_endpoint: `${issuer}/oauth/v2/token` }),
      headers,
    );
  const refusals: readonly [what: string, code: Code, id: string, summary: RegExp, fix: RegExp][] = [
    [
      "a header without a bearer token",
      Code.Unauthenticated,
      "AUTH-toLo1",
      /does not start with the word Bearer/,
      /what sets the authorization header/,
    ],
    [
      "impersonation",
      Code.PermissionDenied,
      "APP-wai8O",
      /The token has an actor/,
      /for calling your own services/,
    ],
    [
      "a stale session token",
      Code.PermissionDenied,
      "AUTHZ-EGDo3",
      /The token is a session token/,
      /last update of the session/,
    ],
    [
      "a user without membership",
      Code.NotFound,
      "AUTHZ-cdgFk",
      /has no role where this call needs one/,
      /Grant the service user a role there/,
    ],
    [
      "a missing permission",
      Code.PermissionDenied,
      "AUTH-5mWD2",
      /roles, but none of them grants the permission/,
      /a role with the permission/,
    ],
    [
      "a used quota",
      Code.ResourceExhausted,
      "QUOTA-vjAy8",
      /its quota is exhausted/,
      /limits or its subscription/,
    ],
    ["a broken database", Code.Internal, "", /The server failed/, /check its database/],
  ];

  const illnesses: readonly Illness[] = [
    {
      what: "no url",
      check: "configuration",
      summary: /url is not set, nor is ZITADEL_API_URL/,
      fix: /environment variable/,
      options: () => ({ url: undefined }),
    },
    {
      what: "a url with a path",
      check: "configuration",
      summary: /is a URL with a path; expected .*: leave it out/,
      fix: /Correct the option/,
      options: () => ({ url: `${emulator.url}/ui` }),
    },
    {
      what: "a host without an address",
      check: "name-resolution",
      summary: /nowhere\.invalid has no address/,
      fix: /typo/,
      options: () => ({ url: "https://nowhere.invalid" }),
    },
    {
      what: "a port on which nothing listens",
      check: "tcp",
      summary: /ECONNREFUSED/,
      fix: /Nothing listens there/,
      options: async () => {
        const gone = await startEmulator();
        await gone.close();
        return { url: gone.url };
      },
    },
    {
      what: "http: to a port for TLS",
      check: "tls",
      summary: /The url says http:/,
      fix: /The port speaks TLS: use https:/,
      options: () => ({ url: secure.url.replace("https:", "http:") }),
    },
    {
      what: "https: to a port for plain text",
      check: "tls",
      summary: /The TLS connection fails/,
      fix: /does not speak TLS: use http:/,
      options: () => ({ url: emulator.url.replace("http:", "https:") }),
    },
    {
      what: "a certificate that is not trusted",
      check: "tls",
      summary: /SELF_SIGNED/,
      fix: /tls\.ca \(--ca\)/,
      options: () => ({ url: secure.url }),
    },
    {
      what: "https to a port without TLS",
      check: "tls",
      summary: /The TLS connection fails/,
      fix: /use http:\/\//,
      options: () => ({ url: emulator.url.replace("http:", "https:") }),
    },
    {
      what: "a certificate for another name",
      check: "tls",
      summary: /ALTNAME/,
      fix: /set tls\.serverName/,
      options: () => ({ url: secure.url, tls: { ca: secure.ca, serverName: "other.example.com" } }),
    },
    {
      what: "an unknown instance",
      check: "discovery",
      summary: /knows no instance other\.example\.com \(404\)/,
      fix: /set instanceHost to the instance's own domain/,
      options: () => ({ instanceHost: "other.example.com" }),
    },
    {
      what: "a redirect",
      check: "discovery",
      summary: /redirects to https:\/\/login\.example\.com/,
      fix: /do not follow redirects/,
      options: () => ({}),
      intercept: onDiscovery(respond(301, "text/html", "", { location: "https://login.example.com/x" })),
    },
    {
      what: "a page that is not Zitadel's",
      check: "discovery",
      summary: /response is not from Zitadel \(200\)/,
      fix: /no proxy responds/,
      options: () => ({}),
      intercept: onDiscovery(respond(200, "text/html", "<html>It works!</html>")),
    },
    {
      what: "a proxy that has no route",
      check: "discovery",
      summary: /Something in front of Zitadel responds with 404/,
      fix: /has a route for localhost:\d+ that leads to Zitadel/,
      options: () => ({}),
      intercept: onDiscovery(respond(404, "text/plain", "404 page not found\n")),
    },
    {
      what: "a blocked instance",
      check: "discovery",
      summary: /blocked/,
      fix: /Ask the operator/,
      options: () => ({}),
      intercept: onDiscovery(respond(429, "text/plain", "Your ZITADEL instance is blocked.")),
    },
    {
      what: "a server that fails",
      check: "discovery",
      summary: /responds with 502/,
      fix: /their logs/,
      options: () => ({}),
      intercept: onDiscovery(respond(502, "text/plain", "bad gateway")),
    },
    {
      what: "another issuer",
      check: "issuer",
      status: "warning",
      summary: /calls itself https:\/\/acme\.example\.com, but is reached as http:\/\/localhost/,
      fix: /Use https:\/\/acme\.example\.com as the url, or set instanceHost to acme\.example\.com/,
      options: () => ({}),
      intercept: onDiscovery(discoveryFor("https://acme.example.com")),
    },
    {
      what: "a clock that is fast",
      check: "clock",
      status: "warning",
      summary: /clock is (599|60\d) s fast/,
      fix: /NTP/,
      options: () => ({}),
      intercept: (path) =>
        onDiscovery(discoveryFor(emulator.url, { date: new Date(Date.now() - 600_000).toUTCString() }))(path),
    },
    {
      what: "no credential",
      check: "credential",
      summary: /expected exactly one of ZITADEL_KEY_FILE.*; set: none of them/,
      fix: /variables of one method only/,
      options: () => ({ env: {} }),
    },
    {
      what: "two credentials",
      check: "credential",
      summary: /set: ZITADEL_KEY, ZITADEL_SERVICE_USER_TOKEN$/,
      fix: /variables of one method only/,
      options: () => ({ env: { ...keyWith({}), ZITADEL_SERVICE_USER_TOKEN: "hush" } }),
    },
    {
      what: "an invalid key",
      check: "credential",
      summary: /"key" in/,
      fix: /without changing it/,
      options: () => ({ env: keyWith({ key: "hush" }) }),
    },
    {
      what: "an expired key",
      check: "credential",
      summary: /key \d+ of \d+, of ZITADEL_KEY has expired/,
      fix: /Create a new key/,
      options: () => ({ env: keyWith({ expirationDate: "2020-01-01T00:00:00Z" }) }),
    },
    {
      what: "a key that expires soon",
      check: "credential",
      status: "warning",
      summary: /expires in 3 days/,
      fix: /in time/,
      options: () => ({
        env: keyWith({ expirationDate: new Date(Date.now() + 3 * 86_400_000 - 1000).toISOString() }),
      }),
    },
    {
      what: "another user's key",
      check: "token",
      summary: /invalid assertion/,
      fix: /still exists and has not expired/,
      options: () => ({ env: keyWith({ key: privateKey }) }),
    },
    {
      what: "an unknown client",
      check: "token",
      summary: /client not found/,
      fix: /login name/,
      options: () => ({ env: { ZITADEL_CLIENT_ID: "nobody", ZITADEL_CLIENT_SECRET: "hush" } }),
    },
    {
      what: "a wrong secret",
      check: "token",
      summary: /Secret\.Invalid/,
      fix: /Check the client secret/,
      options: () => ({ env: { ZITADEL_CLIENT_ID: user.clientId, ZITADEL_CLIENT_SECRET: "hush" } }),
    },
    {
      what: "an inactive user",
      check: "token",
      summary: /Errors\.User\.NotActive/,
      fix: /is active/,
      options: async () => {
        const inactive = await emulator.createServiceUser({ username: "inactive" });
        await using zitadel = createZitadel({
          url: emulator.url,
          auth: personalAccessToken({ token: user.token }),
        });
        await zitadel.user.v2.deactivateUser({ userId: inactive.userId });
        return { env: { ZITADEL_KEY: inactive.keyFile } };
      },
    },
    {
      what: "a grant that is not offered",
      check: "token",
      summary: /unsupported_grant_type/,
      fix: /does not offer the grant/,
      options: () => ({ env: keyWith({}) }),
      intercept: onToken(oauthError(400, "unsupported_grant_type")),
    },
    {
      what: "a grant that is not allowed",
      check: "token",
      summary: /unauthorized_client/,
      fix: /Allow this grant type/,
      options: () => ({ env: keyWith({}) }),
      intercept: onToken(oauthError(400, "unauthorized_client")),
    },
    {
      what: "an incomplete request",
      check: "token",
      summary: /invalid_request/,
      fix: /active/,
      options: () => ({ env: keyWith({}) }),
      intercept: onToken(oauthError(400, "invalid_request")),
    },
    {
      what: "a token endpoint that fails",
      check: "token",
      summary: /server_error/,
      fix: /server's log/,
      options: () => ({ env: keyWith({}) }),
      intercept: onToken(oauthError(500, "server_error")),
    },
    {
      what: "a token endpoint that is blocked",
      check: "token",
      summary: /is blocked/,
      fix: /subscription/,
      options: () => ({ env: keyWith({}) }),
      intercept: onToken(respond(429, "text/plain", "Your ZITADEL instance is blocked.")),
    },
    {
      what: "a token that is malformed, expired or revoked",
      check: "audience",
      summary: /refuses the token of ZITADEL_SERVICE_USER_TOKEN/,
      fix: /expired or was revoked, its user is not active/,
      options: () => ({ env: { ZITADEL_SERVICE_USER_TOKEN: "not-a-token" } }),
    },
    {
      what: "a token without the API's audience",
      check: "audience",
      summary: /refuses the token of the option auth, which is new/,
      fix: /scope urn:zitadel:iam:org:project:id:zitadel:aud/,
      options: async () => ({ auth: { getToken: async () => ({ token: await tokenWithScope("openid") }) } }),
    },
    {
      what: "an organization that does not exist",
      check: "first-call",
      summary: /does not exist on this instance/,
      fix: /Check organizationId/,
      options: () => ({ organizationId: "12345" }),
    },
    ...refusals.map(([what, code, id, summary, fix]) => ({
      what,
      check: "first-call",
      summary,
      fix,
      options: () => ({}),
      firstCall: zitadelError(code, id, "In whatever language"),
    })),
    {
      what: "a server without some of the services",
      check: "version",
      status: "warning",
      summary: /lacks 1 of the 29 services .*: zitadel\.action\.v2beta\.ActionService$/,
      fix: /zitadel-connect generate/,
      options: () => ({}),
      intercept: (path) =>
        path.startsWith("/zitadel.action.v2beta.")
          ? respond(404, "application/json", '{"code":5,"message":"Not Found"}')
          : undefined,
    },
  ];

  for (const { what, check, summary, fix, status = "failed", options, intercept, firstCall } of illnesses) {
    it(`finds ${what}`, async () => {
      const given = await options();
      const restore = arrange(intercept, firstCall);
      const results = await examine(given);
      restore();
      const found = results.find(({ name }) => name === check);
      assert.equal(found?.status, status, JSON.stringify(results, null, 1));
      assert.match(found?.summary ?? "", summary);
      assert.match(found?.fix ?? "", fix);
      assert.deepEqual(statuses(results, "failed"), status === "failed" ? [check] : []);
      const skipped = status === "failed" ? checks.filter(({ needs }) => needs.includes(check)) : [];
      for (const { name } of skipped) assert.ok(statuses(results, "skipped").includes(name), name);
    });
  }

  /** Breaks the emulator. Returns a function that restores it. */
  function arrange(intercept: Illness["intercept"], firstCall: Illness["firstCall"]): () => void {
    const getMyUser = (): never => {
      throw firstCall;
    };
    const takeBack = [
      interceptPaths(emulator, (path) => intercept?.(path)),
      ...(firstCall === undefined ? [] : [emulator.handle(AuthService, { getMyUser })]),
    ];
    return () => {
      for (const restore of takeBack) restore();
    };
  }

  it("finds a proxy that refuses everybody", async () => {
    const proxy = http.createServer((_, response) => response.writeHead(403).end());
    proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const results = await examine({ proxy: new URL(`http://127.0.0.1:${port}`) });
    proxy.close();
    const found = results.find(({ name }) => name === "tcp");
    assert.equal(found?.status, "failed");
    assert.match(found?.fix ?? "", /HTTPS_PROXY and NO_PROXY/);
  });

  it("finds that a proxy does not pass on gRPC but does pass on gRPC-web", async () => {
    for (const options of [{ rules: [refusesGrpcAsAlb] }, { dropsTrailers: true }]) {
      await using proxy = await startReverseProxy({ upstream: emulator.url, ...options });
      const results = await examine({ url: proxy.origin });
      const found = results.find(({ name }) => name === "grpc");
      assert.equal(found?.status, "warning");
      assert.match(found?.summary ?? "", /^gRPC does not get through: .*(464|trailers).*; gRPC-web does/);
      assert.match(found?.fix ?? "", /proxy or load balancer .* HTTP\/2 .* protocol: "grpc-web"/);
      assert.equal(statuses(results, "ok").length, checks.length - 2, JSON.stringify(results, null, 1));
      const strict = await examine({ url: proxy.origin, protocol: "grpc" });
      assert.ok(statuses(strict, "failed").includes("grpc"));
    }
  });

  it("reports no problem behind a proxy that speaks HTTP/2 only", async () => {
    await using proxy = await startReverseProxy({ upstream: emulator.url });
    const results = await examine({ url: proxy.origin, httpVersion: "2" });
    assert.equal(statuses(results, "ok").length, checks.length - 1, JSON.stringify(results, null, 1));
  });

  it("finds a server that speaks HTTP/1.1 only, and continues over that", async () => {
    const old = http.createServer((_, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => old.listen(0, "localhost", resolve));
    const { port } = old.address() as AddressInfo;
    const results = await examine({ url: `http://localhost:${port}` });
    old.close();
    assert.deepEqual(statuses(results, "failed"), ["protocol", "discovery"]);
    assert.match(results.find(({ name }) => name === "protocol")?.fix ?? "", /httpVersion: "1\.1"/);
  });

  it("gives up on a server that does not respond", async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, "localhost", resolve));
    const { port } = mute.address() as AddressInfo;
    const results = await examine({ url: `http://localhost:${port}`, checkTimeoutMs: 100 });
    mute.close();
    assert.deepEqual(statuses(results, "failed"), ["protocol", "discovery"]);
  });

  describe("as a command", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "doctor-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    async function run(
      args: readonly string[],
      env: NodeJS.ProcessEnv,
    ): Promise<{ code: number; output: string }> {
      const lines: string[] = [];
      const write = (text: string): void => void lines.push(text);
      const terminal = { directory: folder, env, out: write, err: write, status: () => {} };
      const code = await runCommandLine(["doctor", ...args], terminal);
      return { code, output: lines.join("") };
    }

    it("writes a line for each check, and exits with 0 when nothing failed", async () => {
      const { code, output } = await run([], {
        ZITADEL_API_URL: emulator.url,
        ZITADEL_SERVICE_USER_TOKEN: user.token,
      });
      assert.equal(code, 0);
      assert.equal(output.match(/^ok/gm)?.length, checks.length - 1);
      assert.match(output, /All is well\. There is a warning\.\n$/);
      assert.ok(!output.includes(user.token));
    });

    it("exits with 1 when something failed, and says at the end what to do", async () => {
      const { code, output } = await run(["--url", emulator.url], {});
      assert.equal(code, 1);
      assert.match(output, /^FAILED +credential .*\n +→ Set the variables of one method only/m);
      assert.match(output, /\ncredential failed: Set the variables of one method only\.\n$/);
    });

    it("writes JSON for programs", async () => {
      const { code, output } = await run(["--json", "--url", emulator.url], {
        ZITADEL_SERVICE_USER_TOKEN: "x",
      });
      const report = JSON.parse(output);
      assert.deepEqual([code, report.ok], [1, false]);
      assert.equal(report.checks.length, checks.length);
      assert.deepEqual(Object.keys(report.checks[0]), ["name", "status", "summary"]);
    });

    it("prefers the key file and certificate authorities of flags to those of the environment", async () => {
      const keyFile = join(folder, "key.json");
      const ca = join(folder, "ca.pem");
      writeFileSync(keyFile, secure.serviceUser.keyFile);
      writeFileSync(ca, secure.ca ?? "");
      const args = ["--url", secure.url, "--key-file", keyFile, "--ca", ca];
      const { code, output } = await run(args, { ZITADEL_SERVICE_USER_TOKEN: "another" });
      assert.equal(code, 0, output);
      assert.match(output, /of --key-file/);
    });

    it("exits with 2 for an unknown option, and shows its help when asked", async () => {
      assert.equal((await run(["--nonsense"], {})).code, 2);
      assert.equal((await run(["--ca", join(folder, "missing.pem")], {})).code, 2);
      const { code, output } = await run(["--help"], {});
      assert.equal(code, 0);
      assert.match(output, /^Usage: zitadel-connect doctor/);
    });
  });

  it("writes no secret, whatever it finds", async () => {
    const outputs: string[] = [];
    for (const env of [
      { ZITADEL_KEY: user.keyFile },
      { ZITADEL_CLIENT_ID: user.clientId, ZITADEL_CLIENT_SECRET: user.clientSecret },
      { ZITADEL_SERVICE_USER_TOKEN: user.token },
      { ZITADEL_SERVICE_USER_TOKEN: user.token, ZITADEL_KEY: user.keyFile },
      { ZITADEL_KEY: user.keyFile.replace("serviceaccount", "other") },
    ]) {
      outputs.push(JSON.stringify(await examine({ env })));
    }
    const auth = privateKeyJwt({ key: user.keyFile });
    outputs.push(JSON.stringify(await examine({ auth })));
    const key: string = JSON.parse(user.keyFile).key;
    for (const secret of [user.token, user.clientSecret, key.slice(60, 100), "eyJh"]) {
      for (const output of outputs) assert.ok(!output.includes(secret), `found ${secret} in ${output}`);
    }
  });
});
