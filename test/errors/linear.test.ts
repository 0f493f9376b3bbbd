import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { toZitadelError } from "../../src/errors/to-zitadel-error.ts";

const method = UserService.method.addHumanUser;
const NESTED = "invalid AddHumanUserRequest.Profile: embedded message failed validation | caused by: ";

/** What a server or a proxy may say at length, each of which has made some pattern go back and forth. */
const TEXTS: Record<string, string> = {
  "violations in violations": NESTED,
  "violations with an index": "invalid A.B[]: embedded message failed validation | caused by: ",
  brackets: "[",
  "what could be an id": " (A-",
  "what could be a JWT": "eyJ-",
  "what could be a key": "-----BEGIN A",
  "what could be a bearer": "Bearer  ",
  spaces: " ",
  "spaces and letters": "a   ",
};

/** Milliseconds, the best of three. */
function timeOf(text: string): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    const error = toZitadelError(new ConnectError(`invalid A.B${text}`, Code.InvalidArgument), method);
    JSON.stringify(error);
    inspect(error);
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe("an error of the server with a long text", () => {
  for (const [what, piece] of Object.entries(TEXTS)) {
    it(`is read in linear time, of ${what}`, () => {
      const length = 40_000;
      timeOf(piece.repeat(length / piece.length));
      const short = timeOf(piece.repeat(length / piece.length));
      const long = timeOf(piece.repeat((8 * length) / piece.length));
      // In quadratic time it were 64 times as much.
      assert.ok(
        long < 24 * short + 25,
        `${short.toFixed(1)} ms, and for 8 times the text ${long.toFixed(1)} ms`,
      );
    });
  }

  it("still tells the field of violations in violations", () => {
    const text = `${NESTED}invalid SetHumanProfile.GivenName: value length must be at least 1 runes`;
    const error = toZitadelError(new ConnectError(text, Code.InvalidArgument), method);
    assert.deepEqual(error.fieldViolations, [
      {
        field: "profile.given_name",
        property: "profile.givenName",
        reason: "value length must be at least 1 runes",
      },
    ]);
  });
});
