import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/testing/index.ts";
import { askToken } from "./support/json-call.ts";

async function start(options: EmulatorOptions) {
  const emulator: Emulator = await startEmulator(options);
  const zitadel = createZitadel({
    url: emulator.url,
    auth: personalAccessToken(emulator.serviceUser),
  });
  return {
    emulator,
    zitadel,
    async [Symbol.asyncDispose]() {
      await zitadel.close();
      await emulator.close();
    },
  };
}

describe("lag of the emulator", () => {
  it("applies to searches and new credentials, but not to reads", async () => {
    let now = Date.now();
    await using setup = await start({ lag: 50, clock: { now: () => now } });
    const { emulator, zitadel } = setup;
    const names = async () => {
      const { result } = await zitadel.user.v2.listUsers({});
      return result.map(({ username }) => username).sort();
    };
    const first = await names();
    const { id } = await zitadel.user.v2.createUser({
      organizationId: emulator.serviceUser.organizationId,
      username: "late",
      userType: { case: "machine", value: { name: "Late" } },
    });
    const { clientSecret } = await zitadel.user.v2.addSecret({ userId: id });
    const form = {
      grant_type: "client_credentials",
      client_id: "late",
      client_secret: clientSecret,
      scope: "openid",
    };
    assert.equal((await zitadel.user.v2.getUserByID({ userId: id })).user?.username, "late");
    assert.deepEqual(await names(), first);
    assert.equal((await askToken(emulator.url, form)).body["error_description"], "client not found");
    now += 50;
    assert.deepEqual(await names(), [...first, "late"].sort());
    assert.equal((await askToken(emulator.url, form)).status, 200);
    await zitadel.user.v2.removeSecret({ userId: id });
    assert.equal((await askToken(emulator.url, form)).status, 200, "the old secret is valid a while longer");
    await zitadel.user.v2.deleteUser({ userId: id });
    assert.deepEqual(await names(), [...first, "late"].sort());
    emulator.reset();
    assert.deepEqual(await names(), first);
  });

  it("has the measured durations, and is the same in every run", async () => {
    const delays = async (randomSeed: number): Promise<number[]> => {
      let now = Date.now();
      await using setup = await start({ lag: "zitadel", randomSeed, clock: { now: () => now } });
      const { zitadel } = setup;
      const found: number[] = [];
      for (let index = 0; index < 25; index += 1) {
        const { organizationId } = await zitadel.org.v2.addOrganization({ name: `o${index}` });
        const written = now;
        const isListed = async () =>
          (await zitadel.org.v2.listOrganizations({})).result.some(({ id }) => id === organizationId);
        // The steps grow, so that a few of them take seconds.
        while (!(await isListed())) now += Math.max(2, (now - written) >> 2);
        found.push(now - written);
      }
      return found;
    };
    const [first, again, other] = [await delays(1), await delays(1), await delays(2)];
    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
    assert.ok(first.includes(0) && first.some((one) => one > 4 && one <= 18), String(first));
  });
});

describe("write conflicts of the emulator", () => {
  it("roll back a share of the writes to one object, which a client retries", async () => {
    await using setup = await start({ conflicts: 0.5 });
    const { emulator, zitadel } = setup;
    const { projectId } = emulator.createProject({});
    for (let index = 0; index < 20; index += 1) {
      await zitadel.project.v2beta.addProjectRole({
        projectId,
        roleKey: `role-${index}`,
        displayName: "Role",
      });
    }
    const asked = emulator.requests.filter(({ path }) => path.endsWith("/AddProjectRole")).length;
    assert.ok(asked > 25 && asked < 80, `${asked} requests`);
    const { projectRoles } = await zitadel.project.v2beta.listProjectRoles({ projectId });
    assert.equal(projectRoles.length, 20);
    const { events } = await zitadel.admin.v1.listEvents({ aggregateId: projectId, limit: 100 });
    assert.deepEqual(
      events.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b),
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
  });

  it("have their invalid options reported", async () => {
    for (const [options, message] of [
      [
        { lag: "slow" },
        /lag is a string; expected "zitadel" or milliseconds|lag .*expected "zitadel" or milliseconds/,
      ],
      [{ conflicts: 2 }, /conflicts is 2; expected a number from 0 to 1/],
    ] as const) {
      // Values that the types forbid.
      await assert.rejects(startEmulator(options as EmulatorOptions), message);
    }
  });
});
