import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { createZitadel, personalAccessToken, privateKeyJwt, type Zitadel } from "../../src/index.ts";
import { type Emulator, type EmulatorState, startEmulator } from "../../src/testing/index.ts";
import { SEED_SCHEMA } from "../../src/testing/seed/schema.ts";
import { askToken, callJson } from "./support/json-call.ts";

const SEED: EmulatorState = {
  organizations: [
    {
      name: "Acme",
      id: "1",
      metadata: { plan: "gold" },
      users: [
        {
          username: "ada",
          human: { givenName: "Ada", familyName: "Lovelace", email: "ada@acme.test", password: "Password1!" },
          roles: ["ORG_OWNER"],
          metadata: { team: "engines" },
        },
        { username: "robot", id: "2", machine: { secret: "the-secret", token: "the-token" } },
      ],
      projects: [
        {
          name: "shop",
          roles: ["reader", "writer"],
          applications: [
            {
              name: "web",
              type: "oidc",
              clientId: "web-client",
              clientSecret: "s",
              redirectUris: ["http://localhost/cb"],
            },
            { name: "api", type: "api" },
          ],
          grants: [{ organization: "ZITADEL", roles: ["reader"] }],
        },
      ],
    },
    { name: "ZITADEL", users: [{ username: "guest", machine: {} }] },
  ],
  authorizations: [
    { user: "robot", project: "shop", roles: ["writer"] },
    { user: "guest", project: "shop", roles: ["reader"], organization: "ZITADEL" },
  ],
  targets: [{ name: "hook", endpoint: "http://localhost:9/", executions: ["event/user.human.added"] }],
};

describe("a seed of the emulator", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator({ seed: SEED });
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  it("creates organizations, users who can sign in, projects, roles, grants and targets", async () => {
    const { sessionId } = await zitadel.session.v2.createSession({
      checks: {
        user: { search: { case: "loginName", value: "ada" } },
        password: { password: "Password1!" },
      },
    });
    assert.notEqual(sessionId, "");
    const own = await callJson(emulator.url, "the-token", "user.v2.UserService/GetUserByID", { userId: "2" });
    assert.equal(own.status, 200);
    const form = {
      grant_type: "client_credentials",
      client_id: "robot",
      client_secret: "the-secret",
      scope: "openid",
    };
    assert.equal((await askToken(emulator.url, form)).status, 200);
    const { authorizations } = await zitadel.authorization.v2beta.listAuthorizations({});
    assert.deepEqual(authorizations.map(({ user, roles }) => `${user?.preferredLoginName} ${roles}`).sort(), [
      "guest reader",
      "robot writer",
    ]);
    const { targets } = await zitadel.action.v2beta.listTargets({});
    assert.deepEqual(
      targets.map(({ name }) => name),
      ["hook"],
    );
  });

  it("matches the schema for editors", () => {
    const file = new URL("../../zitadel-emulator.schema.json", import.meta.url);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), SEED_SCHEMA);
  });

  const bad: [seed: unknown, message: string][] = [
    [[], "it must be of type object"],
    [{ organisations: [] }, "organisations is not known; did you mean organizations?"],
    [{ organizations: [{ users: [] }] }, "organizations[0].name is missing"],
    [
      { organizations: [{ name: "a", users: [{ username: "b", human: { givenName: 1 } }] }] },
      "organizations[0].users[0].human.familyName is missing; organizations[0].users[0].human.email is missing; " +
        "organizations[0].users[0].human.givenName must be of type string",
    ],
    [
      { organizations: [{ name: "a", users: [{ username: "b" }] }] },
      "organizations[0].users[0]: must have exactly one of human and machine",
    ],
    [
      { organizations: [{ name: "a", projects: [{ name: "p" }, { name: "p" }] }] },
      "organizations[0].projects[1]: Project already exists on organization (V3-DKcYh)",
    ],
    [
      { authorizations: [{ user: "x", project: "y", roles: [] }] },
      "authorizations[0]: user is not the name or id of a user",
    ],
    [
      { targets: [{ name: "t", endpoint: "no url" }] },
      "targets[0]: Errors.Target.DeniedURL (COMMAND-NcJUKo)",
    ],
    [{ store: { a: 1 } }, "store is not from snapshot()"],
  ];
  for (const [seed, message] of bad) {
    it(`is refused with the path of the mistake: ${message}`, async () => {
      // Files may contain what types forbid.
      const starting = startEmulator({ seed: seed as EmulatorState });
      await assert.rejects(starting, new TypeError(`startEmulator(): seed: ${message}`));
    });
  }
});

describe("the state of an emulator", () => {
  it("is restored by reset(): objects, tokens, events, handlers and requests", async () => {
    await using emulator = await startEmulator({ seed: SEED });
    const { url } = emulator;
    const owner = emulator.serviceUser.token;
    const countUsers = async () =>
      (await callJson(url, owner, "user.v2.UserService/ListUsers")).body["details"] as {
        totalResult: string;
      };
    const before = await emulator.snapshot();
    const total = await countUsers();
    const { token } = await emulator.createServiceUser({ username: "temporary", roles: ["IAM_OWNER"] });
    await callJson(url, token, "user.v2.UserService/DeleteUser", { userId: "2" });
    await emulator.rotateWebKey("ES256");
    emulator.handle(UserService, { listUsers: () => ({ details: { totalResult: 77n } }) });
    emulator.reset();
    assert.deepEqual(emulator.requests, []);
    assert.deepEqual(await emulator.snapshot(), before);
    assert.deepEqual((await countUsers()).totalResult, total.totalResult);
    assert.equal((await callJson(url, token, "user.v2.UserService/ListUsers")).status, 401);
    assert.equal((await callJson(url, "the-token", "user.v2.UserService/ListUsers")).status, 200);
  });

  it("can be written to a file and loaded by another emulator, with sessions, keys and credentials", async () => {
    await using first = await startEmulator();
    await using zitadel = createZitadel({ url: first.url, auth: personalAccessToken(first.serviceUser) });
    const { organizationId } = await zitadel.org.v2.addOrganization({ name: "Kept" });
    const { sessionId, sessionToken } = await zitadel.session.v2.createSession({
      checks: { user: { search: { case: "userId", value: first.serviceUser.userId } } },
      metadata: { bytes: new Uint8Array([0, 255]) },
    });
    const { token } = await first.createServiceUser({ username: "bot", accessTokenType: "jwt" });
    const { clientId, clientSecret } = first.serviceUser;
    const form = {
      grant_type: "client_credentials",
      scope: "openid",
      client_id: clientId,
      client_secret: clientSecret,
    };
    const idToken = String((await askToken(first.url, form)).body["id_token"]);
    const text = JSON.stringify(await first.snapshot());

    await using second = await startEmulator({ seed: JSON.parse(text) as EmulatorState });
    assert.deepEqual(second.serviceUser, first.serviceUser);
    const keys = async ({ url }: Emulator) => await (await fetch(`${url}/oauth/v2/keys`)).json();
    assert.deepEqual(await keys(second), await keys(first));
    assert.notEqual(idToken, "");
    const kept = await callJson(second.url, token, "session.v2.SessionService/GetSession", {
      sessionId,
      sessionToken,
    });
    assert.equal(kept.status, 200);
    for (const bearer of [token, first.serviceUser.token]) {
      assert.equal((await callJson(second.url, bearer, "user.v2.UserService/ListUsers")).status, 200);
    }
    await using again = createZitadel({
      url: second.url,
      auth: privateKeyJwt({ key: second.serviceUser.keyFile }),
    });
    const { result } = await again.org.v2.listOrganizations({});
    assert.ok(result.some(({ id }) => id === organizationId));
    const { organizationId: later } = await again.org.v2.addOrganization({ name: "Later" });
    assert.ok(BigInt(later) > BigInt(organizationId), "ids continue");

    await first.restore(JSON.parse(JSON.stringify(await second.snapshot())));
    first.reset();
    const { result: all } = await zitadel.org.v2.listOrganizations({});
    assert.ok(all.some(({ id }) => id === later));
    await first.restore({});
    const fresh = createZitadel({ url: first.url, auth: personalAccessToken(first.serviceUser) });
    assert.equal((await fresh.org.v2.listOrganizations({})).result.length, 1);
    await fresh.close();
  });
});
