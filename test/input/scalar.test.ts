import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  AddHumanUserRequestSchema,
  ListUsersRequestSchema,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import { createMessage } from "../../src/input/create-message.ts";
import { InputProblem } from "../../src/input/input-problem.ts";

const query = (name: string, value: object) => ({ queries: [{ query: { case: name, value } }] });

/** The kinds of fields for a string or a boolean, and how to set them. */
const PLACES: readonly [place: string, takes: string, put: (value: unknown) => object][] = [
  [
    "queries[0].query.value.userName",
    "string",
    (value) => query("userNameQuery", { userName: value, method: 1 }),
  ],
  [
    "queries[0].query.value.userIds[1]",
    "string",
    (value) => query("inUserIdsQuery", { userIds: ["1", value] }),
  ],
  ["query.asc", "boolean", (value) => ({ query: { asc: value } })],
];

describe("a string or a boolean of a request", () => {
  for (const [place, takes, put] of PLACES) {
    it(`is sent unchanged, or refused: ${place}`, () => {
      const value = fc.oneof(fc.anything(), fc.string(), fc.boolean(), fc.bigInt(), fc.double());
      fc.assert(
        fc.property(
          value.filter((one) => one !== undefined && one !== null),
          (given) => {
            const made = createMessage(ListUsersRequestSchema, put(given));
            assert.equal(made instanceof InputProblem, typeof given !== takes);
            if (made instanceof InputProblem) assert.equal(made.property, place);
          },
        ),
      );
    });
  }

  it("is also refused as the value of a oneof", () => {
    const verification = { case: "isVerified", value: "false" };
    const made = createMessage(AddHumanUserRequestSchema, {
      email: { email: "ada@example.com", verification },
    });
    assert.ok(made instanceof InputProblem);
    assert.deepEqual(
      [made.property, made.reason],
      ["email.verification.value", "is a string; expected true or false"],
    );
  });
});
