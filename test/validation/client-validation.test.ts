import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { parseFieldViolations } from "../../src/errors/field-violations.ts";
import { Code, createZitadel, personalAccessToken, type Zitadel, ZitadelError } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

/** Requests that violate a rule, and the field that an error must name. */
const broken: Record<
  string,
  [call: (zitadel: Zitadel) => Promise<unknown>, field: string, property: string]
> = {
  "a field of the request": [(zitadel) => zitadel.user.v2.getUserByID({ userId: "" }), "user_id", "userId"],
  "a field of a message in it": [
    (zitadel) =>
      zitadel.user.v2.addHumanUser({
        profile: { givenName: "", familyName: "Lovelace" },
        email: { email: "ada@example.com" },
      }),
    "profile.given_name",
    "profile.givenName",
  ],
  "a field of an item of a list": [
    (zitadel) =>
      zitadel.user.v2.listUsers({
        queries: [
          { query: { case: "userNameQuery", value: { userName: "ada" } } },
          { query: { case: "userNameQuery", value: { userName: "a".repeat(300) } } },
        ],
      }),
    "queries[1].user_name_query.user_name",
    "queries[1].query.value.userName",
  ],
};

describe("a request that violates a rule", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  async function failure(
    call: (zitadel: Zitadel) => Promise<unknown>,
    validateRequests: boolean,
  ): Promise<ZitadelError> {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      validateRequests,
    });
    emulator.requests.length = 0;
    const error = await call(zitadel).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ZitadelError);
    assert.equal(error.code, Code.InvalidArgument);
    return error;
  }

  for (const [what, [call, field, property]] of Object.entries(broken)) {
    it(`is refused by the server, and ${what} is named`, async () => {
      const error = await failure(call, false);
      assert.equal(error.origin, "server");
      assert.equal(emulator.requests.length, 1);
      const [violation, ...others] = error.fieldViolations;
      assert.deepEqual(others, []);
      assert.deepEqual([violation?.field, violation?.property], [field, property]);
      assert.match(violation?.reason ?? "", /^value /);
    });

    it(`is refused before it is sent with validateRequests, with the same message, and ${what} is named`, async () => {
      const byServer = await failure(call, false);
      const error = await failure(call, true);
      assert.equal(emulator.requests.length, 0);
      assert.deepEqual([error.origin, error.attempts], ["client", 0]);
      assert.equal(error.rawMessage, byServer.rawMessage);
      assert.deepEqual(error.fieldViolations, byServer.fieldViolations);
    });
  }

  it("is sent when it is valid", async () => {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      validateRequests: true,
    });
    assert.notEqual((await zitadel.user.v2.listUsers({})).result.length, 0);
  });
});

describe("parseFieldViolations()", () => {
  const { input } = UserService.method.getUserByID;

  it("keeps names that the client's API does not have", () => {
    assert.deepEqual(parseFieldViolations("invalid GetUserByIDRequest.NewField: value is required", input), [
      { field: "NewField", property: "NewField", reason: "value is required" },
    ]);
  });

  it("finds none in other texts", () => {
    for (const text of ["", "Errors.User.Invalid", "invalid argument: x", "invalid A.B"]) {
      assert.deepEqual(parseFieldViolations(text, input), []);
    }
  });
});
