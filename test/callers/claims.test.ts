import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Caller } from "../../src/callers/caller.ts";
import { toCaller } from "../../src/callers/claims.ts";

const PROJECT = "urn:zitadel:iam:org:project:4711:roles";
const OWNER = "urn:zitadel:iam:user:resourceowner";

/** What is read from a claim in another format than Zitadel's, and from rare formats. */
const READ: readonly (readonly [Readonly<Record<string, unknown>>, Partial<Caller>])[] = [
  [{}, { clientId: undefined, audience: [], scopes: [], organization: undefined, actor: undefined }],
  [{ client_id: "" }, { clientId: undefined }],
  [{ client_id: 7 }, { clientId: undefined }],
  [{ aud: "4711" }, { audience: ["4711"] }],
  [{ aud: ["4711", 4711, null, ["4711"]] }, { audience: ["4711"] }],
  [{ aud: null }, { audience: [] }],
  [{ scope: " openid  profile " }, { scopes: ["openid", "profile"] }],
  [{ scope: ["openid"] }, { scopes: [] }],
  [{ username: "ada", preferred_username: "lovelace" }, { username: "ada" }],
  [{ username: "", preferred_username: "lovelace" }, { username: "lovelace" }],
  [{ preferred_username: "lovelace" }, { username: "lovelace" }],
  [{ exp: 1 }, { expiresAt: 1_000 }],
  [{ exp: "1" }, { expiresAt: undefined }],
  [{ act: null }, { actor: undefined }],
  [{ act: "someone" }, { actor: undefined }],
  [{ act: {} }, { actor: undefined }],
  [{ act: { sub: 7 } }, { actor: undefined }],
  [
    { act: { sub: "7", iss: 7, act: { sub: 7 } } },
    { actor: { subject: "7", issuer: undefined, actor: undefined } },
  ],
  [{ [`${OWNER}:name`]: "Acme" }, { organization: undefined }],
  [{ [`${OWNER}:id`]: 9 }, { organization: undefined }],
  [
    { [`${OWNER}:id`]: "9", [`${OWNER}:name`]: null },
    { organization: { id: "9", name: undefined, primaryDomain: undefined } },
  ],
];

const NO_ROLES: readonly unknown[] = [null, "reader", ["reader"], 7, {}];
const NO_ORGANIZATIONS: readonly unknown[] = [null, "9", ["9"], true, {}];

describe("the claims of a token", () => {
  for (const [claims, expected] of READ) {
    it(`are read as ${JSON.stringify(expected)} from ${JSON.stringify(claims)}`, () => {
      const caller = toCaller({ sub: "1", ...claims }, { verifiedBy: "jwt", projectId: "4711" });
      const read = Object.keys(expected).map((name) => [name, caller[name as keyof Caller]]);
      assert.deepEqual(Object.fromEntries(read), expected);
    });
  }

  it("contain no role if a claim has another format, and none in an organization", () => {
    const rolesFrom = (roles: unknown) =>
      toCaller({ sub: "1", [PROJECT]: roles }, { verifiedBy: "jwt", projectId: "4711" }).roles;
    for (const roles of NO_ROLES) assert.deepEqual(Object.keys(rolesFrom(roles)), []);
    for (const reader of NO_ORGANIZATIONS) {
      assert.deepEqual(Object.keys(rolesFrom({ reader })["reader"] ?? {}), [], JSON.stringify(reader));
    }
  });

  it("are frozen at every depth, since requests may share them", () => {
    const claims = {
      sub: "1",
      aud: ["4711"],
      act: { sub: "2", act: { sub: "3" } },
      [PROJECT]: { reader: { 9: "a" } },
    };
    const caller = toCaller(claims, { verifiedBy: "jwt", projectId: "4711" });
    const frozen = [
      caller,
      caller.audience,
      caller.roles["reader"],
      caller.actor?.actor,
      caller.claims["act"],
    ];
    assert.deepEqual(frozen.map(Object.isFrozen), [true, true, true, true, true]);
  });
});
