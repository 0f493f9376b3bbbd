import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { toAuthenticationError, toZitadelError } from "../../src/errors/to-zitadel-error.ts";
import { AuthError, hasErrorId, isNotFound, ZitadelError } from "../../src/index.ts";
import { type Emulator, startEmulator, zitadelError } from "../../src/testing/index.ts";
import { failureOfCall } from "./support/failure-of-call.ts";

const method = UserService.method.getUserByID;

/** An error as it comes from the wire: with encoded details. */
function wireError(
  code: Code,
  message: string,
  ...details: { type: string; value: Uint8Array }[]
): ConnectError {
  const error = new ConnectError(message, code);
  error.details = details;
  return error;
}

function bytes(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

const text = (writer: BinaryWriter, no: number, value: string) =>
  writer.tag(no, WireType.LengthDelimited).string(value);

describe("a ZitadelError", () => {
  it("is a ConnectError for code that knows nothing else", () => {
    const error = toZitadelError(zitadelError(Code.NotFound, "QUERY-Dfbg2", "not there"), method);
    assert.ok(error instanceof ConnectError && error instanceof Error);
    assert.equal(ConnectError.from(error), error);
    assert.equal(error.name, "ConnectError");
    assert.deepEqual(
      error.findDetails(ErrorDetailSchema).map(({ id }) => id),
      ["QUERY-Dfbg2"],
    );
  });

  it("is recognized if it comes from another copy of the package", async () => {
    const copy = "../../src/errors/zitadel-error.ts?copy";
    const { ZitadelError: Other } = (await import(copy)) as { ZitadelError: typeof ZitadelError };
    const { decodedDetails } = toZitadelError(zitadelError(Code.NotFound, "QUERY-Dfbg2", "gone"), method);
    const facts = { method: "a.B/C", origin: "server" } as const;
    const error = new Other({
      ...facts,
      code: Code.NotFound,
      message: "gone",
      id: "QUERY-Dfbg2",
      decodedDetails,
    });
    assert.notEqual(error.constructor, ZitadelError);
    assert.ok(error instanceof ZitadelError);
    assert.ok(error instanceof ConnectError);
    assert.ok(isNotFound(error) && hasErrorId(error, "QUERY-Dfbg2"));
  });

  it("decodes a failed check of credentials with its count", () => {
    const value = bytes((w) =>
      text(text(w, 1, "COMMAND-3M0fs"), 2, "Errors.User.Password.Invalid")
        .tag(3, WireType.Varint)
        .int32(4),
    );
    const error = toZitadelError(
      wireError(Code.InvalidArgument, "Errors.User.Password.Invalid (COMMAND-3M0fs)", {
        type: "zitadel.v1.CredentialsCheckError",
        value,
      }),
      method,
    );
    assert.equal(error.id, "COMMAND-3M0fs");
    assert.equal(error.rawMessage, "Errors.User.Password.Invalid");
    assert.deepEqual(error.decodedDetails, [
      {
        type: "zitadel.v1.CredentialsCheckError",
        id: "COMMAND-3M0fs",
        message: "Errors.User.Password.Invalid",
        failedAttempts: 4,
      },
    ]);
  });

  it("decodes the detail of newer servers, which the pinned API does not have", () => {
    const details = { login: "ada", tries: 3 };
    const value = bytes((w) =>
      text(text(w, 1, "user.already_exists"), 2, "User already exists")
        .tag(3, WireType.LengthDelimited)
        .bytes(toBinary(StructSchema, fromJson(StructSchema, details))),
    );
    const error = toZitadelError(
      wireError(Code.AlreadyExists, "User already exists (V2-k3n2a)", {
        type: "zitadel.error.v2.ErrorDetail",
        value,
      }),
      method,
    );
    assert.deepEqual(error.decodedDetails, [
      {
        type: "zitadel.error.v2.ErrorDetail",
        slug: "user.already_exists",
        message: "User already exists",
        details,
      },
    ]);
    assert.equal(error.id, "V2-k3n2a");
  });

  it("keeps unknown details, and those that cannot be decoded", () => {
    const unknown = { type: "acme.Detail", value: Uint8Array.of(8, 1) };
    const broken = { type: "zitadel.v1.ErrorDetail", value: Uint8Array.of(10, 200) };
    const error = toZitadelError(wireError(Code.Internal, "oops", unknown, broken), method);
    assert.deepEqual(error.decodedDetails, [unknown, broken]);
    assert.equal(error.id, undefined);
    assert.deepEqual(error.toJSON().details, [
      { type: "acme.Detail", bytes: 2 },
      { type: "zitadel.v1.ErrorDetail", bytes: 2 },
    ]);
  });

  it("shows a person what happened, where, and what to do, and a log the same as JSON", () => {
    const cause = new AuthError({ code: "invalid_grant", summary: "Token request failed" });
    const error = toAuthenticationError(cause, method);
    const shown = inspect(error);
    for (const part of [
      /^ZitadelError: \[unauthenticated\] zitadel\.user\.v2\.UserService\/GetUserByID: Token request failed/,
      /Check that the credential is still registered/,
      /origin: 'authentication'/,
      /at .*zitadel-error\.test\.ts/,
      /cause: AuthError: Token request failed/,
    ]) {
      assert.match(shown, part);
    }
    assert.match(String(error), /^ZitadelError: \[unauthenticated\] .* instance\.$/);
    assert.deepEqual(JSON.parse(JSON.stringify(error)).cause, {
      name: "AuthError",
      message: cause.message,
      code: "invalid_grant",
    });
  });

  it("says nothing twice, and fits on a screen, if nobody catches it", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    const made = new ConnectError("Nothing listens there", Code.Unavailable, undefined, undefined, cause);
    const error = toZitadelError(made, method);
    // As Node prints an uncaught error.
    const uncaught = inspect(error, { customInspect: false, depth: 5 });
    for (const shown of [uncaught, inspect(error)]) {
      for (const once of ["Nothing listens there", error.hint, "Error: connect ECONNREFUSED"]) {
        assert.equal(shown.split(once).length, 2, `${once}\n${shown}`);
      }
      assert.match(shown, /at .*zitadel-error\.test\.ts/);
      const withoutStacks = shown.split("\n").filter((line) => !/^ +at /.test(line));
      assert.ok(withoutStacks.length <= 16, shown);
    }
    for (const name of ["rawMessage", "hint", "metadata", "details", "cause"])
      assert.ok(Object.hasOwn(error, name));
    assert.deepEqual([error.rawMessage, error.cause], ["Nothing listens there", cause]);
  });

  it("skips causes that repeat it, in favor of one that says more", () => {
    const system = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const dial = new Error("Nothing listens there (connect ECONNREFUSED)", { cause: system });
    const fault = new ConnectError(dial.message, Code.Unavailable, undefined, undefined, dial);
    assert.equal(toZitadelError(fault, method).cause, system);
    const said = new ConnectError("The port speaks no TLS", Code.Unavailable, undefined, undefined, dial);
    assert.equal(toZitadelError(said, method).cause, dial);
  });

  it("shows no secret that a server or proxy echoes, nor the headers of the response", () => {
    const secrets = [
      "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl",
      "canary-in-bearer",
      "cookie-canary",
    ];
    const response = new ConnectError(
      `refused header Bearer ${secrets[1]} with token ${secrets[0]}`,
      Code.Unauthenticated,
      { "set-cookie": secrets[2] ?? "" },
      undefined,
      new Error(`upstream got Bearer ${secrets[1]}`),
    );
    const error = toZitadelError(response, method);
    for (const shown of [
      inspect(error, { depth: 9, showHidden: true }),
      inspect({ deep: { error } }, { depth: 9 }),
      JSON.stringify(error),
      String(error),
      error.message,
      error.stack ?? "",
      error.rawMessage,
    ]) {
      for (const secret of secrets) assert.ok(!shown.includes(secret), shown);
    }
  });
});

describe("the request id in an error", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  for (const protocol of ["connect", "grpc", "grpc-web"] as const) {
    it(`is included over ${protocol}, wherever the server puts it`, async () => {
      const error = await failureOfCall(emulator, { protocol });
      assert.match(error.requestId ?? "", /^[0-9a-f-]{36}$/);
      assert.deepEqual([error.id, error.rawMessage], ["QUERY-Dfbg2", "User could not be found"]);
    });
  }
});
