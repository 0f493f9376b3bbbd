import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { toZitadelError } from "../../src/errors/to-zitadel-error.ts";

const method = UserService.method.addHumanUser;
const NESTED = "invalid AddHumanUserRequest.Profile: embedded message failed validation | caused by: ";

/** What a server or a proxy may repeat, each of which has made some pattern backtrack. */
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

/** The CPU time to parse and show such an error, in milliseconds. */
function measureCost(text: string): number {
  const start = process.cpuUsage();
  const error = toZitadelError(new ConnectError(`invalid A.B${text}`, Code.InvalidArgument), method);
  JSON.stringify(error);
  inspect(error);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe("a server's error with a long text", () => {
  for (const [what, piece] of Object.entries(TEXTS)) {
    it(`is parsed in linear time, for ${what}`, () => {
      // A tenth of a second in linear time; seconds to minutes in quadratic time.
      const cost = measureCost(piece.repeat(640_000 / piece.length));
      assert.ok(cost < 1_000, `${cost} ms`);
    });
  }

  it("still names the field of violations in violations", () => {
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
