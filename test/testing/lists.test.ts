import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { callJson } from "./support/json-call.ts";

const COUNT = 150;

interface Page {
  readonly details?: { readonly totalResult?: string };
  readonly pagination?: { readonly totalResult?: string; readonly appliedLimit?: string };
  readonly result?: readonly { readonly username: string }[];
  readonly metadata?: readonly { readonly key: string }[];
}

describe("lists of the emulator", () => {
  let emulator: Emulator;
  const call = async (rpc: string, request: JsonObject, { url, serviceUser } = emulator) =>
    (await callJson(url, serviceUser.token, rpc, request)).body as unknown as Page;
  const names = async (request: JsonObject, from = emulator) =>
    ((await call("user.v2.UserService/ListUsers", request, from)).result ?? []).map(
      ({ username }) => username,
    );

  before(async () => {
    emulator = await startEmulator();
    const { organizationId } = emulator.serviceUser;
    for (let i = 0; i < COUNT; i++) {
      const username = `user-${String(i).padStart(3, "0")}`;
      const profile = { givenName: i % 2 === 0 ? "Even" : "Odd", familyName: "Number" };
      const human = { profile, email: { email: `${username}@acme.test` } };
      await call("user.v2.UserService/CreateUser", { organizationId, username, human });
    }
  });
  after(() => emulator.close());

  it("contain everything when no limit is set, or 0, and have no maximum", async () => {
    for (const query of [{}, { limit: 0 }, { limit: 5000 }]) {
      assert.equal((await names({ query })).length, COUNT + 2);
    }
  });

  it("have consecutive pages, each with the total of all", async () => {
    const seen: string[] = [];
    for (let offset = 0; ; offset += 40) {
      const page = await call("user.v2.UserService/ListUsers", { query: { offset, limit: 40, asc: true } });
      assert.equal(page.details?.totalResult, String(COUNT + 2));
      const found = (page.result ?? []).map(({ username }) => username);
      seen.push(...found);
      if (found.length < 40) break;
    }
    assert.equal(new Set(seen).size, COUNT + 2);
    assert.equal(seen.length, COUNT + 2);
  });

  it("are sorted by the requested column, in either direction", async () => {
    const sortingColumn = "USER_FIELD_NAME_USER_NAME";
    const up = await names({ query: { asc: true }, sortingColumn });
    assert.deepEqual(up, up.toSorted());
    assert.deepEqual(await names({ sortingColumn }), up.toReversed());
  });

  it("have users in the order of their creation, even if the clock stands still", async () => {
    const clock = { now: () => 1_750_000_000_000 };
    await using still = await startEmulator({ clock });
    const { organizationId } = still.serviceUser;
    const created = ["one", "two", "three"];
    for (const username of created) {
      const user = { organizationId, username, machine: { name: username } };
      await call("user.v2.UserService/CreateUser", user, still);
    }
    for (const asc of [true, false]) {
      const request = { query: { asc }, sortingColumn: "USER_FIELD_NAME_CREATION_DATE" };
      const found = (await names(request, still)).filter((username) => created.includes(username));
      assert.deepEqual(found, asc ? created : created.toReversed());
    }
  });

  const queries: [sentence: string, queries: JsonObject[], count: number][] = [
    ["a name", [{ userNameQuery: { userName: "user-007" } }], 1],
    [
      "the start of a name",
      [{ userNameQuery: { userName: "user-00", method: "TEXT_QUERY_METHOD_STARTS_WITH" } }],
      10,
    ],
    [
      "a part in other case",
      [{ emailQuery: { emailAddress: "@ACME.", method: "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" } }],
      COUNT,
    ],
    [
      "the same part in exact case",
      [{ emailQuery: { emailAddress: "@ACME.", method: "TEXT_QUERY_METHOD_CONTAINS" } }],
      0,
    ],
    ["a kind", [{ typeQuery: { type: "TYPE_MACHINE" } }], 1],
    ["a state", [{ stateQuery: { state: "USER_STATE_LOCKED" } }], 0],
    [
      "one of two",
      [
        {
          orQuery: {
            queries: [{ firstNameQuery: { firstName: "Even" } }, { typeQuery: { type: "TYPE_MACHINE" } }],
          },
        },
      ],
      COUNT / 2 + 1,
    ],
    [
      "all except some of those who have such a name",
      [{ notQuery: { query: { firstNameQuery: { firstName: "Odd" } } } }],
      COUNT / 2 + 1,
    ],
    [
      "two queries at once",
      [{ firstNameQuery: { firstName: "Odd" } }, { typeQuery: { type: "TYPE_HUMAN" } }],
      COUNT / 2,
    ],
  ];
  for (const [sentence, conditions, count] of queries) {
    it(`find users by ${sentence}`, async () => {
      assert.equal((await names({ queries: conditions })).length, count);
    });
  }

  it("of newer services have 100 items unless requested otherwise, and report that", async () => {
    const { userId } = emulator.serviceUser;
    const metadata = Array.from({ length: 120 }, (_, i) => ({ key: `key-${i}`, value: "MQ==" }));
    await call("user.v2.UserService/SetUserMetadata", { userId, metadata });
    const page = await call("user.v2.UserService/ListUserMetadata", { userId });
    assert.equal(page.metadata?.length, 100);
    assert.deepEqual(page.pagination, { totalResult: "120", appliedLimit: "100" });
    const all = await call("user.v2.UserService/ListUserMetadata", { userId, pagination: { limit: 1000 } });
    assert.equal(all.metadata?.length, 120);
  });
});
