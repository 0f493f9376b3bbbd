import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { diagnoses } from "../../src/errors/diagnoses.ts";
import * as guards from "../../src/errors/guards.ts";
import { toValidationError, toZitadelError } from "../../src/errors/to-zitadel-error.ts";
import {
  createZitadel,
  type FaultName,
  isZitadelError,
  personalAccessToken,
  type ZitadelError,
} from "../../src/index.ts";
import { startEmulator, zitadelError } from "../../src/testing/index.ts";
import { describeFailure, type FaultDetails, faultError, faults } from "../../src/transport/faults.ts";
import { failureOfCall } from "./support/failure-of-call.ts";

const method = UserService.method.getUserByID;
const names = Object.keys(faults) as FaultName[];

/** The error of a call that ended with a fault. `unprocessed`: in all of its attempts. Default: as the fault defines. */
function failWith(fault: FaultName, unprocessed?: boolean, details?: FaultDetails): ZitadelError {
  const error = faultError(fault, "it went wrong", details);
  if (unprocessed !== undefined) describeFailure(error, { unprocessed });
  return toZitadelError(error, method);
}

describe("the error of a fault", () => {
  it("names the fault, and whether the call was provably not processed", () => {
    for (const name of names) {
      const error = failWith(name);
      const unprocessed = faults[name].processed === "no";
      assert.deepEqual([error.fault, error.unprocessed, error.code], [name, unprocessed, faults[name].code]);
      const { fault, unprocessed: inJson } = JSON.parse(JSON.stringify(error));
      assert.deepEqual([fault, inJson], [name, unprocessed]);
      assert.match(inspect(error), new RegExp(`fault: '${name}',\\s+unprocessed: ${unprocessed}`));
    }
  });

  it("has no fault where the server responded in its protocol", async () => {
    await using emulator = await startEmulator();
    const error = await failureOfCall(emulator);
    assert.deepEqual([error.code, error.fault, error.unprocessed], [Code.NotFound, undefined, false]);
    assert.ok(!("fault" in error.toJSON()));
  });

  it("has the code of its fault in every row of the table of diagnoses", () => {
    for (const { fault, code } of diagnoses) {
      if (fault === undefined || fault === "http-error") continue;
      assert.equal(code, faults[fault].code, fault);
    }
  });

  it("does not say that a call may have taken effect if it was not processed, nor the reverse", () => {
    for (const name of names) {
      const { processed } = faults[name];
      if (processed === "no" || name === "deadline")
        assert.doesNotMatch(failWith(name, true).hint, /effect/, name);
      assert.doesNotMatch(failWith(name, false).hint, /It is safe to repeat/, name);
    }
  });

  const lasting: FaultName[] = [
    "connection-rejected",
    "http-1.1-required",
    "grpc-blocked",
    "headers-too-large",
    "not-routed",
    "not-served",
    "malformed-response",
    "missing-status",
    "response-too-large",
    "http-error",
    "aborted",
    "closed",
  ];
  it("is retryable unless the same call cannot succeed later", () => {
    const final = names.filter((name) => !failWith(name).retryable);
    assert.deepEqual(final.toSorted(), lasting.toSorted());
  });

  const hints: readonly [FaultName, RegExp, FaultDetails?][] = [
    ["grpc-blocked", /^Set protocol to "grpc-web", which gets through/],
    ["not-routed", /^First check the route to Zitadel: the url, the host name that a proxy routes by/],
    ["not-served", /^Use a service that this server has/, { unimplemented: "service" }],
    ["http-error", /^Check the route to Zitadel.*protocol "grpc-web" gets through/],
    ["missing-status", /trailers, or set protocol to "grpc-web"/],
    ["response-too-large", /^Ask for smaller pages, or raise readMaxBytes/],
    ["headers-too-large", /^Check the size of the token .* and of the headers/],
    ["rate-limited", /^Make fewer concurrent calls/],
    ["connection-rejected", /options tls, proxy and httpVersion/],
    ["closed", /before close\(\)/],
  ];
  for (const [name, hint, details] of hints) {
    it(`has a hint for ${name}${details === undefined ? "" : ` (${details.unimplemented})`}`, () => {
      assert.match(failWith(name, undefined, details).hint, hint);
    });
  }

  it("does not report a missing service when a proxy is in the way", () => {
    assert.equal(guards.isUnimplemented(failWith("grpc-blocked")), false);
    assert.equal(guards.isUnimplemented(failWith("not-routed")), false);
    assert.equal(
      guards.isUnimplemented(failWith("not-served", undefined, { unimplemented: "method" })),
      true,
    );
  });
});

describe("the property unprocessed", () => {
  it("is true after a request that validation refused", () => {
    const error = toValidationError("invalid GetUserByIDRequest.UserId: value is required", method);
    assert.deepEqual([error.unprocessed, error.origin, error.fault], [true, "client", undefined]);
  });

  it("is true after a call that got no token, and after one whose deadline passed while it waited for a token", async () => {
    await using emulator = await startEmulator();
    const failing = { getToken: () => Promise.reject(new Error("no")) };
    const refused = await failureOfCall(emulator, { auth: failing });
    assert.deepEqual([refused.origin, refused.unprocessed], ["authentication", true]);
    const hanging = { getToken: () => new Promise<never>(() => {}) };
    const late = await failureOfCall(emulator, { auth: hanging, timeoutMs: 20 });
    assert.deepEqual([late.fault, late.unprocessed], ["deadline", true]);
    assert.match(late.hint, /safe to repeat the call, even a write/);
  });

  it("is false after a call that the server had received at the deadline", async () => {
    await using emulator = await startEmulator();
    emulator.handle(UserService, { getUserByID: () => new Promise<never>(() => {}) });
    const late = await failureOfCall(emulator, { timeoutMs: 100 });
    assert.deepEqual([late.fault, late.unprocessed], ["deadline", false]);
    assert.match(late.hint, /may have taken effect/);
  });

  it("is passed on by the error of a list", async () => {
    await using emulator = await startEmulator();
    const { url } = emulator;
    await emulator.close();
    await using zitadel = createZitadel({
      url,
      auth: personalAccessToken({ token: "canary-token-1" }),
      connectTimeoutMs: 50,
    });
    await assert.rejects(
      async () => {
        for await (const _ of zitadel.user.v2.listUsers()) assert.fail("the list should fail");
      },
      (error) => isZitadelError(error) && error.fault === "not-connected" && error.unprocessed,
    );
  });
});

describe("already_exists with the id V3-DKcYh", () => {
  const failedInserts = [
    "An internal error occurred",
    "Errors.Internal",
    "Es ist ein interner Fehler aufgetreten",
    "Wystąpił błąd wewnętrzny",
    "Произошла внутренняя ошибка",
    "发生了内部错误",
  ];
  for (const text of failedInserts) {
    it(`is a failure of the database if its text is "${text}"`, () => {
      const error = toZitadelError(zitadelError(Code.AlreadyExists, "V3-DKcYh", text), method);
      assert.deepEqual([error.retryable, guards.isAlreadyExists(error)], [true, false]);
    });
  }

  it("is a duplicate with any other text", () => {
    for (const text of [
      "User already exists",
      "Errors.Project.AlreadyExists",
      "Benutzer existiert bereits",
    ]) {
      const error = toZitadelError(zitadelError(Code.AlreadyExists, "V3-DKcYh", text), method);
      assert.deepEqual([error.retryable, guards.isAlreadyExists(error)], [false, true]);
    }
    const other = toZitadelError(new ConnectError("internal naming", Code.AlreadyExists), method);
    assert.equal(guards.isAlreadyExists(other), true);
  });
});
