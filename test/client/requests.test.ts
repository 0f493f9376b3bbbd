import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DurationSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import {
  AddPersonalAccessTokenRequestSchema,
  UserService,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import {
  Code,
  createZitadel,
  isInvalidArgument,
  personalAccessToken,
  type Zitadel,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

describe("a request with a value that its field does not take", () => {
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

  /** What a program in JavaScript, or one that asserts types, may pass. */
  const loosely = (value: unknown): never => value as never;
  const { Timestamp, Duration } = {
    Timestamp: "a google.protobuf.Timestamp: timestampFromDate(date)",
    Duration: "a google.protobuf.Duration: durationFromMs(milliseconds)",
  };
  const date = new Date(0);

  const cases: [what: string, call: () => PromiseLike<unknown>, property: string, reason: string][] = [
    [
      "a Date for a Timestamp",
      () => zitadel.user.v2.addPersonalAccessToken(loosely({ userId: "1", expirationDate: date })),
      "expirationDate",
      `is a Date; expected ${Timestamp}`,
    ],
    [
      "a text for a Timestamp",
      () =>
        zitadel.user.v2.addPersonalAccessToken(loosely({ userId: "1", expirationDate: date.toISOString() })),
      "expirationDate",
      `is a string; expected ${Timestamp}`,
    ],
    [
      "another message for a Timestamp",
      () => zitadel.user.v2.addPersonalAccessToken(loosely({ expirationDate: create(DurationSchema) })),
      "expirationDate",
      `is a google.protobuf.Duration; expected ${Timestamp}`,
    ],
    [
      "a number for a Duration",
      () => zitadel.session.v2.createSession(loosely({ lifetime: 3600 })),
      "lifetime",
      `is a number; expected ${Duration}`,
    ],
    [
      "a Date deep within a list",
      () =>
        zitadel.user.v2.listPersonalAccessTokens(
          loosely({ filters: [{ filter: { case: "createdDateFilter", value: { timestamp: date } } }] }),
        ),
      "filters[0].filter.value.timestamp",
      `is a Date; expected ${Timestamp}`,
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
      "a text for bytes",
      () => zitadel.user.v2.addHumanUser(loosely({ metadata: [{ key: "k", value: "text" }] })),
      "metadata[0].value",
      "is a string; expected a Uint8Array",
    ],
    [
      "a number that is too large",
      () => zitadel.user.v2.listUsers({ query: { limit: 2 ** 40 } }),
      "query.limit",
      "is a number; expected a whole number from 0 that fits into 32 bits",
    ],
    [
      "a text for a bigint",
      () => zitadel.user.v2.listUsers(loosely({ query: { offset: "first" } })),
      "query.offset",
      "is a string; expected a bigint from 0n that fits into 64 bits",
    ],
    [
      "the name of a member of an enum",
      () => zitadel.user.v2.listUsers(loosely({ sortingColumn: "USER_FIELD_NAME_EMAIL" })),
      "sortingColumn",
      "is a string; expected a number of the enum zitadel.user.v2.UserFieldName",
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
      assert.equal(error.hint, "The message names the field, and what it takes.");
      assert.deepEqual([error.origin, error.unprocessed], ["client", true]);
      assert.equal(emulator.requests.length, before);
    });
  }

  it("is not iterated over either", async () => {
    const query = { case: "createdDateFilter", value: { timestamp: date } };
    const list = zitadel.user.v2.listPersonalAccessTokens(loosely({ filters: [{ filter: query }] }));
    await assert.rejects(
      list.toArray(),
      /filters\[0\]\.filter\.value\.timestamp is a Date; expected a google/,
    );
  });

  it("is sent if it is of a class of the user's own, which has the fields", async () => {
    class Profile {
      givenName = "Ada";
      familyName = "Lovelace";
    }
    const email = { email: "ada@example.com", verification: { case: "isVerified", value: true } } as const;
    await zitadel.user.v2.addHumanUser({ profile: new Profile(), email });
    const request = { userId: emulator.serviceUser.userId, expirationDate: timestampFromDate(date) };
    await zitadel.user.v2.addPersonalAccessToken(create(AddPersonalAccessTokenRequestSchema, request));
  });

  it("is the only one of which an error says that there are field violations to see", async () => {
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
