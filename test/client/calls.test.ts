import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import { Code, ConnectError, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import {
  clientCredentials,
  createZitadel,
  fetchTransport,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
  ZitadelError,
  type ZitadelOptions,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const TOKEN_PATH = "/oauth/v2/token";

describe("a client", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  beforeEach(() => {
    emulator.requests.length = 0;
  });

  function client(options: ZitadelOptions = {}): Zitadel {
    return createZitadel({
      url: emulator.url,
      auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
      ...options,
    });
  }

  function requestsTo(path: string): Emulator["requests"] {
    return emulator.requests.filter((request) => request.path.endsWith(path));
  }

  it("calls v1 over gRPC and v2 over Connect, on one HTTP/2 connection", async () => {
    await using zitadel = client();
    await Promise.all([
      zitadel.management.v1.getMyOrg(),
      zitadel.user.v2.listUsers(),
      zitadel.auth.v1.getMyUser(),
    ]);
    const contentType = (path: string) => requestsTo(path)[0]?.headers.get("content-type");
    assert.equal(contentType("/zitadel.management.v1.ManagementService/GetMyOrg"), "application/grpc+proto");
    assert.equal(contentType("/zitadel.user.v2.UserService/ListUsers"), "application/proto");
    assert.deepEqual(
      new Set(emulator.requests.filter((r) => r.path.startsWith("/zitadel.")).map((r) => r.httpVersion)),
      new Set(["2"]),
    );
  });

  for (const options of [
    { protocol: "connect" },
    { protocol: "grpc" },
    { protocol: "grpc-web" },
    { httpVersion: "1.1" },
    { httpVersion: "1.1", protocol: "connect" },
    { transport: fetchTransport() },
    { transport: fetchTransport(), protocol: "connect" },
    { transport: fetchTransport(), protocol: "grpc-web" },
  ] as const) {
    it(`succeeds and fails the same way with ${inspect(options, { compact: true })}`, async () => {
      await using zitadel = client(options);
      const { result } = await zitadel.user.v2.listUsers();
      assert.ok(result.length > 0);
      await assert.rejects(zitadel.user.v2.getUserByID({ userId: "1" }), {
        code: Code.NotFound,
        id: "QUERY-Dfbg2",
        rawMessage: "User could not be found",
        origin: "server",
        method: "zitadel.user.v2.UserService/GetUserByID",
      });
    });
  }

  it("calls v1 services over HTTP/1.1 by gRPC-web", async () => {
    await using zitadel = client({ httpVersion: "1.1" });
    assert.ok((await zitadel.management.v1.getMyOrg()).org?.id);
    assert.match(requestsTo("/GetMyOrg")[0]?.headers.get("content-type") ?? "", /^application\/grpc-web/);
  });

  it("makes one token request for 1000 concurrent first calls", async () => {
    await using zitadel = client();
    await Promise.all(Array.from({ length: 1000 }, () => zitadel.user.v2.listUsers({ query: { limit: 1 } })));
    assert.equal(requestsTo(TOKEN_PATH).length, 1);
  });

  it("gets another token when the server rejects one, and replays the call", async () => {
    await using zitadel = client();
    await zitadel.user.v2.listUsers();
    emulator.revokeTokens();
    await Promise.all([zitadel.user.v2.listUsers(), zitadel.management.v1.getMyOrg()]);
    assert.equal(requestsTo(TOKEN_PATH).length, 2);
    const sent = requestsTo("/ListUsers").map(({ headers }) => headers.get("authorization"));
    assert.equal(sent.length, 3);
    assert.equal(sent[0], sent[1]);
    assert.notEqual(sent[1], sent[2]);
  });

  it("replays a call only once, since a token without the API's audience looks like an expired one", async () => {
    const auth = { getToken: async () => ({ token: `no-such-token-${Math.random()}` }) };
    await using zitadel = client({ auth });
    await assert.rejects(zitadel.user.v2.listUsers(), { code: Code.Unauthenticated, id: "AUTH-7fs1e" });
    assert.equal(requestsTo("/ListUsers").length, 2);
  });

  it("replays a call with the same token if the rejection was transient and the token endpoint fails", async () => {
    await using zitadel = client();
    await zitadel.user.v2.listUsers();
    let rejections = 1;
    const takeBack = emulator.intercept(async (request, next) => {
      if (request.path === TOKEN_PATH) return { status: 500, headers: new Headers(), body: "" };
      if (request.path.endsWith("/ListUsers") && rejections-- > 0) {
        request.headers.set("authorization", "Bearer lost-for-a-moment");
      }
      return await next();
    });
    try {
      const calls = Array.from({ length: 10 }, () => zitadel.user.v2.listUsers());
      await Promise.all(calls);
    } finally {
      takeBack();
    }
    assert.equal(requestsTo(TOKEN_PATH).length, 2);
    assert.equal(requestsTo("/ListUsers").length, 12);
  });

  it("explains why it cannot get another token when the replay is rejected too", async () => {
    const bot = await emulator.createServiceUser({ username: `bot-${Math.random()}` });
    await using zitadel = client({ auth: privateKeyJwt({ key: bot.keyFile }) });
    await zitadel.user.v2.listUsers();
    await using admin = client();
    await admin.user.v2.deactivateUser({ userId: bot.userId });
    await assert.rejects(zitadel.user.v2.listUsers(), (error: ZitadelError) => {
      assert.deepEqual([error.code, error.origin], [Code.Unauthenticated, "authentication"]);
      assert.match(error.message, /Errors\.User\.NotActive/);
      return true;
    });
  });

  it("validates what a custom token source returns", async () => {
    for (const given of ["token", { access_token: "token" }, { token: "Bearer token" }]) {
      await using zitadel = client({ auth: { getToken: async () => given as unknown as { token: string } } });
      await assert.rejects(zitadel.user.v2.listUsers(), {
        origin: "authentication",
        code: Code.Unauthenticated,
      });
    }
    assert.equal(requestsTo("/ListUsers").length, 0);
  });

  it("never replays a call with a personal access token, since there is no other token", async () => {
    await using zitadel = client({ auth: personalAccessToken({ token: "revoked" }) });
    await assert.rejects(zitadel.user.v2.listUsers(), { code: Code.Unauthenticated, id: "AUTH-7fs1e" });
    assert.equal(requestsTo("/ListUsers").length, 1);
  });

  it("signs in by each authentication method", async () => {
    const { keyFile, clientId, clientSecret, token } = emulator.serviceUser;
    const directory = mkdtempSync(join(tmpdir(), "keys-"));
    writeFileSync(join(directory, "key.json"), keyFile);
    for (const auth of [
      privateKeyJwt({ keyFile: join(directory, "key.json") }),
      privateKeyJwt({ key: JSON.parse(keyFile) }),
      clientCredentials({ clientId, clientSecret }),
      personalAccessToken({ token }),
    ]) {
      await using zitadel = client({ auth });
      assert.equal((await zitadel.auth.v1.getMyUser()).user?.id, emulator.serviceUser.userId);
    }
    rmSync(directory, { recursive: true });
  });

  it("reports the response of the token endpoint when it gets no token", async () => {
    const { clientId } = emulator.serviceUser;
    await using zitadel = client({ auth: clientCredentials({ clientId, clientSecret: "hunter2" }) });
    await assert.rejects(zitadel.user.v2.listUsers(), (error: ZitadelError) => {
      assert.deepEqual([error.code, error.origin], [Code.Unauthenticated, "authentication"]);
      assert.match(error.message, /Errors\.User\.Machine\.Secret\.Invalid/);
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter2/);
      return true;
    });
  });

  it("needs no token for a public RPC", async () => {
    const auth = { getToken: () => Promise.reject(new Error("must not be asked")) };
    await using zitadel = client({ auth });
    await zitadel.management.v1.healthz();
    assert.deepEqual(
      emulator.requests.map(({ path, headers }) => [path, headers.get("authorization")]),
      [["/zitadel.management.v1.ManagementService/Healthz", null]],
    );
  });

  it("calls in the context of an organization, sharing the connection and the token", async () => {
    await using zitadel = client();
    const { organizationId } = await zitadel.org.v2.addOrganization({ name: "Acme" });
    const acme = zitadel.withOrganization(organizationId);
    const names = await Promise.all(
      [zitadel, acme].map(async (view) => (await view.management.v1.getMyOrg()).org?.name),
    );
    assert.deepEqual(names, ["ZITADEL", "Acme"]);
    assert.equal(requestsTo(TOKEN_PATH).length, 1);
    await assert.rejects(zitadel.withOrganization("1").user.v2.listUsers(), { id: "AUTH-Bs7Ds" });
    assert.throws(() => zitadel.withOrganization(""), TypeError);
  });

  it("sends its headers with calls and token requests, and lets those of a call override them", async () => {
    await using zitadel = client({
      userAgent: "sync/1",
      headers: { "x-team": "platform", "x-stage": "dev" },
    });
    await zitadel.withHeaders({ "x-stage": "test" }).user.v2.listUsers({}, { headers: { "x-call": "1" } });
    await zitadel.user.v2.listUsers({}, { headers: { "x-team": "mine" } });
    const [token] = requestsTo(TOKEN_PATH);
    assert.match(token?.headers.get("user-agent") ?? "", /^sync\/1 zitadel-connect\//);
    assert.equal(token?.headers.get("x-team"), "platform");
    const [first, second] = requestsTo("/ListUsers").map(({ headers }) => headers);
    assert.match(first?.get("user-agent") ?? "", /^sync\/1 zitadel-connect\//);
    assert.deepEqual(
      ["x-team", "x-stage", "x-call"].map((name) => first?.get(name)),
      ["platform", "test", "1"],
    );
    assert.deepEqual(
      ["x-team", "x-stage", "x-call"].map((name) => second?.get(name)),
      ["mine", "dev", null],
    );
  });

  it("uses the token of a single call as it is", async () => {
    await using zitadel = client({
      auth: { getToken: () => Promise.reject(new Error("must not be asked")) },
    });
    const authorization = `Bearer ${emulator.serviceUser.token}`;
    await zitadel.user.v2.listUsers({}, { headers: { authorization } });
    await assert.rejects(zitadel.user.v2.listUsers({}, { headers: { authorization: "Bearer other" } }), {
      id: "AUTH-7fs1e",
    });
    assert.equal(requestsTo("/ListUsers").length, 2);
  });

  it("uses an instance under another host name for discovery, tokens and calls", async () => {
    const url = emulator.url.replace("localhost", "127.0.0.1");
    await using stranger = client({ url });
    await assert.rejects(stranger.user.v2.listUsers(), { origin: "authentication" });
    await using zitadel = client({ url, instanceHost: new URL(emulator.url).host });
    assert.ok((await zitadel.user.v2.listUsers()).result.length > 0);
  });

  it("cancels a call by its signal, and ends it at its deadline", async () => {
    const stop = emulator.handle(UserService, {
      listUsers: (_, { signal }) => new Promise((_, no) => signal.addEventListener("abort", no)),
    });
    await using zitadel = client();
    await zitadel.user.v2.getUserByID({ userId: emulator.serviceUser.userId });
    const controller = new AbortController();
    const canceled = zitadel.user.v2.listUsers({}, { signal: controller.signal });
    controller.abort();
    await assert.rejects(canceled, { code: Code.Canceled, origin: "client" });
    await assert.rejects(zitadel.user.v2.listUsers({}, { timeoutMs: 50 }), {
      code: Code.DeadlineExceeded,
      origin: "transport",
    });
    stop();
  });

  it("accepts the user's own service descriptor", async () => {
    await using zitadel = client();
    const { user } = await zitadel.client(UserService).getUserByID({ userId: emulator.serviceUser.userId });
    assert.equal(user?.username, emulator.serviceUser.clientId);
  });

  it("offers the services that it is given, with their types", async () => {
    const services = {
      people: {
        $service: {
          typeName: UserService.typeName,
          methods: ["listUsers"],
          lists: { listUsers: "result" },
          load: async () => UserService,
        },
      },
    } as const;
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken(emulator.serviceUser),
      services,
    });
    assert.ok((await zitadel.people.listUsers()).result.length > 0);
    // @ts-expect-error this client has no other services
    assert.equal(zitadel.user, undefined);
  });

  it("sends calls over the user's own transport, with tokens and replays", async () => {
    const seen: (string | null)[] = [];
    const transport = createRouterTransport(({ service }) => {
      service(UserService, {
        listUsers(_, { requestHeader }) {
          seen.push(requestHeader.get("authorization"));
          if (seen.length === 1) throw new ConnectError("revoked", Code.Unauthenticated);
          return { details: { totalResult: 7n } };
        },
      });
    });
    let tokens = 0;
    const auth = { getToken: async () => ({ token: `token-${++tokens}` }) };
    await using zitadel = client({ transport, auth });
    assert.equal((await zitadel.user.v2.listUsers()).details?.totalResult, 7n);
    assert.deepEqual(seen, ["Bearer token-1", "Bearer token-2"]);
    assert.deepEqual(emulator.requests, []);
  });

  it("runs the user's interceptors before authentication", async () => {
    const seen: (string | null)[] = [];
    const spy: Interceptor = (next) => (request) => {
      seen.push(request.header.get("authorization"));
      return next(request);
    };
    await using zitadel = client({ interceptors: [spy] });
    await zitadel.user.v2.listUsers();
    assert.deepEqual(seen, [null]);
  });

  it("throws errors that code written for Connect handles", async () => {
    await using zitadel = client();
    const error = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((reason) => reason);
    assert.ok(error instanceof ZitadelError && error instanceof ConnectError && error instanceof Error);
    assert.equal(ConnectError.from(error), error);
    assert.ok(!(new ConnectError("other") instanceof ZitadelError));
    assert.ok(error.requestId);
  });

  it("returns its current token for use elsewhere", async () => {
    await using zitadel = client();
    const { token, expiresAt } = await zitadel.getAccessToken();
    await zitadel.user.v2.listUsers();
    assert.equal(requestsTo("/ListUsers")[0]?.headers.get("authorization"), `Bearer ${token}`);
    assert.ok((expiresAt ?? 0) > Date.now());
  });

  it("shows no secret, however it is printed", async () => {
    const { keyFile, clientId, clientSecret, token } = emulator.serviceUser;
    const key: string = JSON.parse(keyFile).key;
    for (const auth of [
      privateKeyJwt({ key: keyFile }),
      clientCredentials({ clientId, clientSecret }),
      personalAccessToken({ token }),
    ]) {
      await using zitadel = client({ auth });
      await zitadel.user.v2.listUsers();
      const current = (await zitadel.getAccessToken()).token;
      const printed = [zitadel, auth, zitadel.withOrganization("1"), zitadel.user.v2]
        .flatMap((value) => [
          inspect(value, { depth: Infinity, showHidden: true }),
          JSON.stringify(value),
          String(value),
        ])
        .join();
      for (const secret of [clientSecret, token, current, key.split("\n")[3] ?? ""]) {
        assert.ok(secret.length > 10 && !printed.includes(secret));
      }
    }
  });

  it("speaks TLS with a custom certificate authority", async () => {
    await using secure = await startEmulator({ tls: true });
    const auth = privateKeyJwt({ key: secure.serviceUser.keyFile });
    for (const httpVersion of ["2", "1.1"] as const) {
      await using zitadel = createZitadel({ url: secure.url, auth, httpVersion, tls: { ca: secure.ca } });
      assert.ok((await zitadel.user.v2.listUsers()).result.length > 0);
    }
    await using distrustful = createZitadel({
      url: secure.url,
      auth: personalAccessToken(secure.serviceUser),
    });
    await assert.rejects(distrustful.user.v2.listUsers(), { origin: "transport" });
  });

  it("lets the process exit when no call is running, even if it was not closed", async () => {
    const code = `
      import { createZitadel, privateKeyJwt } from ${JSON.stringify(join(root, "src/index.ts"))};
      const zitadel = createZitadel({ auth: privateKeyJwt({ key: process.env.KEY }) });
      console.log((await zitadel.user.v2.listUsers()).result.length > 0);`;
    const env = { ...process.env, ZITADEL_API_URL: emulator.url, KEY: emulator.serviceUser.keyFile };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      env,
      timeout: 20_000,
    });
    assert.equal(stdout, "true\n");
  });
});
