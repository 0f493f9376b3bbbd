import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import {
  Code,
  createZitadel,
  isInvalidArgument,
  personalAccessToken,
  type Zitadel,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

describe("a request with an invalid value for a field", () => {
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

  /** What a program in JavaScript, or one with type assertions, may pass. */
  const loosely = (value: unknown): never => value as never;
  const { Timestamp, Duration } = {
    Timestamp: 'a Date, or a time with its offset such as "2026-07-10T12:00:00Z"',
    Duration: 'milliseconds, or a duration such as "PT1H30M" or "5400s"',
  };

  const cases: [what: string, call: () => PromiseLike<unknown>, property: string, reason: string][] = [
    [
      "an invalid Date",
      () => zitadel.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: new Date("soon") }),
      "expirationDate",
      `is an invalid Date; expected ${Timestamp}`,
    ],
    [
      "a number for a Timestamp",
      () => zitadel.user.v2.addPersonalAccessToken(loosely({ userId: "1", expirationDate: Date.now() })),
      "expirationDate",
      `is a number; expected ${Timestamp}`,
    ],
    [
      "a time without an offset",
      () => zitadel.user.v2.addPersonalAccessToken({ userId: "1", expirationDate: "2026-07-10T12:00:00" }),
      "expirationDate",
      `is a time without its offset; expected ${Timestamp}`,
    ],
    [
      "another message for a Timestamp",
      () => zitadel.user.v2.addPersonalAccessToken(loosely({ expirationDate: create(DurationSchema) })),
      "expirationDate",
      `is a google.protobuf.Duration; expected ${Timestamp}`,
    ],
    [
      "a string for a Duration",
      () => zitadel.session.v2.createSession({ lifetime: "1 hour" }),
      "lifetime",
      `is a string; expected ${Duration}`,
    ],
    [
      "a month for a Duration",
      () => zitadel.session.v2.createSession({ lifetime: "P1M" }),
      "lifetime",
      `is a duration with years or months, which have no fixed length; expected ${Duration}`,
    ],
    [
      "a date deep inside a list",
      () =>
        zitadel.user.v2.listPersonalAccessTokens({
          filters: [{ filter: { case: "createdDateFilter", value: { timestamp: "2026-07-10" } } }],
        }),
      "filters[0].filter.value.timestamp",
      `is a date without a time; expected ${Timestamp}`,
    ],
    [
      "a Map for a message",
      () => zitadel.user.v2.addHumanUser(loosely({ profile: new Map([["givenName", "Ada"]]) })),
      "profile",
      "is a Map; expected an object with the fields of zitadel.user.v2.SetHumanProfile",
    ],
    [
      "a single item for a list",
      () => zitadel.user.v2.addHumanUser(loosely({ metadata: { key: "k" } })),
      "metadata",
      "is an object; expected an array",
    ],
    [
      "the member of a oneof without its case",
      () => zitadel.user.v2.listUsers(loosely({ queries: [{ query: { case: "email" } }] })),
      "queries[0].query",
      "is an object; expected { case, value } with one of the cases ",
    ],
    [
      "a string for bytes",
      () => zitadel.user.v2.addHumanUser(loosely({ metadata: [{ key: "k", value: "text" }] })),
      "metadata[0].value",
      'is a string; expected a Uint8Array, such as Buffer.from(text) or Buffer.from(base64, "base64")',
    ],
    [
      "a number that is too large",
      () => zitadel.user.v2.listUsers({ query: { limit: 2 ** 40 } }),
      "query.limit",
      "is a number; expected a non-negative integer that fits in 32 bits",
    ],
    [
      "a string for a bigint",
      () => zitadel.user.v2.listUsers(loosely({ query: { offset: "first" } })),
      "query.offset",
      "is a string; expected a non-negative bigint that fits in 64 bits",
    ],
    [
      "an unknown name of an enum value",
      () => zitadel.user.v2.listUsers(loosely({ sortingColumn: "EMAIL" })),
      "sortingColumn",
      `is a string; expected one of "USER_FIELD_NAME_UNSPECIFIED", "USER_FIELD_NAME_USER_NAME", ` +
        `"USER_FIELD_NAME_FIRST_NAME", "USER_FIELD_NAME_LAST_NAME", "USER_FIELD_NAME_NICK_NAME", ` +
        `"USER_FIELD_NAME_DISPLAY_NAME", …; did you mean "USER_FIELD_NAME_EMAIL"?`,
    ],
    [
      "a boolean for an enum",
      () => zitadel.user.v2.listUsers(loosely({ sortingColumn: true })),
      "sortingColumn",
      "is a boolean; expected a name or a number of the enum zitadel.user.v2.UserFieldName",
    ],
    [
      "a misspelled field",
      () => zitadel.user.v2.getUserByID(loosely({ userid: "1" })),
      "userid",
      "is not a field of zitadel.user.v2.GetUserByIDRequest; did you mean userId?",
    ],
    [
      "the name of a field in .proto files, deep inside",
      () => zitadel.user.v2.addHumanUser(loosely({ profile: { given_name: "Ada" } })),
      "profile.given_name",
      "is not a field of zitadel.user.v2.SetHumanProfile; did you mean givenName?",
    ],
    [
      "a case of a oneof as a field of the message",
      () => zitadel.user.v2.createUser(loosely({ organizationId: "1", human: { profile: {} } })),
      "human",
      'is not a field of zitadel.user.v2.CreateUserRequest; did you mean userType: { case: "human", value }?',
    ],
    [
      "a case of a oneof as its key",
      () => zitadel.user.v2.createUser(loosely({ userType: { human: { profile: {} } } })),
      "userType",
      "is an object; expected { case, value } with one of the cases human, machine",
    ],
    [
      "a key that may be a secret",
      () => zitadel.user.v2.getUserByID(loosely({ "a secret word": "1" })),
      "[not a valid name]",
      "is not a field of zitadel.user.v2.GetUserByIDRequest; its fields: userId",
    ],
    [
      "invalid JSON",
      () => zitadel.session.v2.createSession(loosely({ metadata: new Map() })),
      "metadata",
      "is a Map; expected an object",
    ],
  ];

  for (const [what, call, property, reason] of cases) {
    it(`is not sent, and the error names the field and the remedy: ${what}`, async () => {
      const before = emulator.requests.length;
      const error: unknown = await call().then(undefined, (reason: unknown) => reason);
      assert.ok(isInvalidArgument(error), String(error));
      assert.equal(error.fieldViolations[0]?.property, property);
      assert.ok(error.fieldViolations[0]?.reason.startsWith(reason), error.fieldViolations[0]?.reason);
      assert.ok(
        error.message.includes(`The request cannot be encoded: ${property} ${reason}`),
        error.message,
      );
      assert.equal(error.hint, "Correct the field that the message names.");
      assert.deepEqual([error.origin, error.unprocessed], ["client", true]);
      assert.equal(emulator.requests.length, before);
    });
  }

  it("is not sent by an iteration either", async () => {
    const query = { case: "createdDateFilter", value: { timestamp: "2026-07-10" } } as const;
    const list = zitadel.user.v2.listPersonalAccessTokens({ filters: [{ filter: query }] });
    await assert.rejects(
      list.toArray(),
      /filters\[0\]\.filter\.value\.timestamp is a date without a time; expected a Date/,
    );
  });

  it("is sent if it is an instance of the user's own class with the right fields", async () => {
    class Profile {
      givenName = "Ada";
      familyName = "Lovelace";
    }
    const email = { email: "ada@example.com", verification: { case: "isVerified", value: true } } as const;
    const { userId } = await zitadel.user.v2.addHumanUser({ profile: new Profile(), email });
    const { user } = await zitadel.user.v2.getUserByID({ userId });
    assert.equal(user?.type.case === "human" && user.type.value.profile?.familyName, "Lovelace");
  });

  it("is the only one whose error refers to field violations", async () => {
    await using unable = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    const error: unknown = await createClient(UserService, unable.transport)
      .getUserByID({ userId: "1" }, { timeoutMs: Number.NaN })
      .catch((reason: unknown) => reason);
    assert.ok(isInvalidArgument(error) && error.code === Code.InvalidArgument);
    assert.doesNotMatch(error.hint, /fieldViolations/);
  });
});
