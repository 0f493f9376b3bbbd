import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import {
  createZitadel,
  type FinishedCall,
  fetchTransport,
  isNotFound,
  isZitadelError,
  privateKeyJwt,
  type StartedCall,
  type ZitadelOptions,
} from "../../src/index.ts";
import { type Emulator, startEmulator, zitadelError } from "../../src/testing/index.ts";

describe("a client on fetch", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  beforeEach(() => {
    emulator.requests.length = 0;
  });

  function client(options: ZitadelOptions = {}) {
    return createZitadel({
      url: emulator.url,
      auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
      transport: fetchTransport(),
      ...options,
    });
  }

  /** Each request to fetch: the HTTP version, the path and the content type. */
  function toLines(): string[] {
    return emulator.requests.map(({ httpVersion, path, headers }) =>
      [httpVersion, path, headers.get("content-type")].join(" "),
    );
  }

  it("uses fetch alone for tokens, lists and v1 calls, over Connect and gRPC-web", async () => {
    await using zitadel = client();
    await zitadel.management.v1.getMyOrg();
    const names: string[] = [];
    for await (const { username } of zitadel.user.v2.listUsers()) names.push(username);
    assert.ok(names.includes("service-user"));
    assert.deepEqual(toLines(), [
      "1.1 /oauth/v2/token application/x-www-form-urlencoded",
      "1.1 /zitadel.management.v1.ManagementService/GetMyOrg application/grpc-web+proto",
      "1.1 /zitadel.user.v2.UserService/ListUsers application/proto",
    ]);
  });

  it("throws the same errors as other transports, which the guards recognize and which have hints", async () => {
    emulator.handle(ManagementService, {
      getProjectByID: () => {
        throw zitadelError(Code.NotFound, "QUERY-fb2Z3", "Project not found");
      },
    });
    await using zitadel = client();
    for (const call of [
      zitadel.user.v2.getUserByID({ userId: "1" }),
      zitadel.management.v1.getProjectByID({ id: "1" }),
    ]) {
      await assert.rejects(call, (error) => {
        assert.ok(isNotFound(error) && isZitadelError(error));
        assert.deepEqual([error.origin, typeof error.hint], ["server", "string"]);
        return true;
      });
    }
  });

  it("replays a call once with a new token after a 401", async () => {
    await using zitadel = client();
    await zitadel.auth.v1.getMyUser();
    emulator.revokeTokens();
    emulator.requests.length = 0;
    await zitadel.auth.v1.getMyUser();
    assert.deepEqual(
      emulator.requests.map(({ path }) => path.split("/").at(-1)),
      ["GetMyUser", "token", "GetMyUser"],
    );
  });

  it("uses fetch for discovery where the issuer is another host", async () => {
    await using zitadel = client({
      auth: privateKeyJwt({ key: emulator.serviceUser.keyFile, issuer: "https://other.example.com" }),
    });
    await zitadel.auth.v1.getMyUser();
    assert.deepEqual(
      emulator.requests.map(({ path, httpVersion }) => `${httpVersion} ${path.split("/").at(-1)}`),
      ["1.1 token", "1.1 openid-configuration", "1.1 token", "1.1 GetMyUser"],
    );
  });

  it("reports the protocol to observers, and applies the deadline to token requests as well", async () => {
    const seen: (string | undefined)[] = [];
    const telemetry = {
      begin: ({ protocol }: StartedCall) => {
        seen.push(protocol);
        return { end: ({ error }: FinishedCall) => seen.push(error && Code[error.code]) };
      },
    };
    const stop = emulator.intercept(() => new Promise(() => {}));
    await using hasty = client({ telemetry, timeoutMs: 80 });
    await assert.rejects(hasty.auth.v1.getMyUser(), { code: Code.DeadlineExceeded });
    stop();
    await using patient = client({ telemetry });
    await patient.user.v2.listUsers();
    assert.deepEqual(seen, ["grpc-web", "DeadlineExceeded", "connect", undefined]);
  });

  it("refuses options that fetch cannot honor", () => {
    const cases: [ZitadelOptions, RegExp][] = [
      [{ tls: {} }, /^createZitadel\(\): tls is set together with fetch; expected none/],
      [{ proxy: "http://proxy.example.com:3128" }, /proxy is set together with fetch/],
      [{ socketPath: "/tmp/socket" }, /socketPath is set together with fetch/],
      [{ address: "10.1.2.3:443" }, /address is set together with fetch/],
      [{ httpVersion: "2" }, /httpVersion is set together with fetch/],
      [{ protocol: "grpc" }, /protocol is "grpc" together with fetch; expected "grpc-web", or "auto"/],
    ];
    for (const [options, message] of cases) {
      assert.throws(() => client(options), { name: "TypeError", message });
    }
    assert.throws(() => client({ transport: fetchTransport as never }), {
      message:
        /transport is a function without unary\(\); expected fetchTransport\(\) or a transport of Connect/,
    });
  });
});
