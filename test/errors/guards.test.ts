import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import * as guards from "../../src/errors/guards.ts";
import { toZitadelError } from "../../src/errors/to-zitadel-error.ts";
import { clientCredentials, createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator, zitadelError } from "../../src/testing/index.ts";
import { interceptPaths } from "./support/intercept-paths.ts";

const method = UserService.method.getUserByID;
const { hasErrorId, isNotFound, isUnimplemented, isPermissionDenied, isZitadelError } = guards;

/** A service of a future server. */
function futureService(): typeof UserService {
  const service = { ...UserService, typeName: "zitadel.future.v2.FutureService" };
  const methods = UserService.methods.map((one) => ({ ...one, parent: service }));
  return Object.assign(service, { methods }) as typeof UserService;
}

describe("guards", () => {
  it("are true only for their own code, and only for errors of this package", () => {
    const byCode: [Code, (error: unknown) => boolean][] = [
      [Code.NotFound, guards.isNotFound],
      [Code.AlreadyExists, guards.isAlreadyExists],
      [Code.InvalidArgument, guards.isInvalidArgument],
      [Code.FailedPrecondition, guards.isFailedPrecondition],
      [Code.Unauthenticated, guards.isUnauthenticated],
      [Code.PermissionDenied, guards.isPermissionDenied],
      [Code.ResourceExhausted, guards.isResourceExhausted],
      [Code.Unavailable, guards.isUnavailable],
      [Code.DeadlineExceeded, guards.isDeadlineExceeded],
      [Code.Canceled, guards.isCanceled],
      [Code.Unimplemented, guards.isUnimplemented],
    ];
    for (const [code, guard] of byCode) {
      for (const [other] of byCode) {
        assert.equal(guard(toZitadelError(zitadelError(other, "X-1", "x"), method)), other === code);
      }
      assert.equal(guard(new ConnectError("x", code)), false);
      assert.equal(guard(undefined), false);
    }
  });

  it("narrow types", () => {
    const error: unknown = toZitadelError(zitadelError(Code.NotFound, "QUERY-Dfbg2", "x"), method);
    assert.ok(isZitadelError(error));
    if (hasErrorId(error, "QUERY-Dfbg2", "USER-2")) error.id satisfies "QUERY-Dfbg2" | "USER-2";
    if (isNotFound(error)) error.code satisfies Code.NotFound;
  });

  it("do not take an unknown instance or a missing role for a missing object", () => {
    const instance = toZitadelError(new ConnectError("unable to set instance", Code.NotFound), method);
    const roles = toZitadelError(zitadelError(Code.NotFound, "AUTHZ-cdgFk", "membership not found"), method);
    assert.deepEqual([isNotFound(instance), isNotFound(roles)], [false, false]);
    assert.deepEqual([isPermissionDenied(instance), isPermissionDenied(roles)], [false, true]);
  });

  it("do not take the refusal of a target of the instance for one of the server", () => {
    const refusal = (code: Code) => toZitadelError(zitadelError(code, "EXEC-reUaUZCzCp", "No"), method);
    assert.equal(guards.isNotFound(refusal(Code.NotFound)), false);
    assert.equal(guards.isAlreadyExists(refusal(Code.AlreadyExists)), false);
    assert.equal(guards.isUnauthenticated(refusal(Code.Unauthenticated)), false);
    assert.equal(guards.isPermissionDenied(refusal(Code.PermissionDenied)), true);
  });
});

describe("a target of the instance that refuses a call with 401", () => {
  it("does not cause a retry with another token, since the RPC may have been executed", async () => {
    await using emulator = await startEmulator();
    const { clientId, clientSecret } = emulator.serviceUser;
    let calls = 0;
    emulator.handle(UserService, {
      lockUser: () => {
        calls++;
        throw zitadelError(Code.Unauthenticated, "EXEC-reUaUZCzCp", "Not you");
      },
    });
    for (const protocol of ["connect", "grpc"] as const) {
      await using other = createZitadel({
        url: emulator.url,
        protocol,
        auth: clientCredentials({ clientId, clientSecret }),
      });
      await assert.rejects(other.user.v2.lockUser({ userId: "1" }), { id: "EXEC-reUaUZCzCp" });
    }
    assert.equal(calls, 2);
  });
});

describe("a service or RPC that the server does not have", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  async function failure(options: object): Promise<unknown> {
    await using client = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      ...options,
    });
    return await client
      .client(futureService())
      .listUsers()
      .catch((error: unknown) => error);
  }

  for (const protocol of ["auto", "connect", "grpc", "grpc-web"]) {
    it(`is distinguished from a missing object over ${protocol}`, async () => {
      const error = await failure({ protocol });
      assert.ok(isUnimplemented(error) && !isNotFound(error));
      assert.equal(error.unimplemented, "service");
      assert.match(error.hint, /zitadel-connect generate/);
    });
  }

  it("is distinguished from a missing object when only the RPC is missing", async () => {
    await zitadel.settings.v2.getGeneralSettings();
    const restore = interceptPaths(emulator, (path) =>
      path.startsWith("/zitadel.user.v2.")
        ? {
            status: 404,
            headers: new Headers({ "content-type": "text/plain" }),
            body: "404 page not found\n",
          }
        : undefined,
    );
    const error = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((reason: unknown) => reason);
    restore();
    assert.ok(isUnimplemented(error) && !isNotFound(error));
    assert.equal(error.unimplemented, "method");
    assert.match(error.hint, /^Use an RPC that this server has/);
  });
});
