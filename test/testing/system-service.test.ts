import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { createZitadel, personalAccessToken, systemUser, ZitadelError } from "../../src/index.ts";
import { startEmulator } from "../../src/testing/index.ts";

const { publicKey, privateKey: key } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

async function rejectsWith(call: Promise<unknown>, code: Code, id: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ZitadelError);
    assert.deepEqual([error.code, error.id], [code, id]);
    return true;
  });
}

describe("the emulator's system service", () => {
  it("returns the instance, its domains and its administrators, and changes the first two", async () => {
    await using emulator = await startEmulator({ systemUsers: [{ name: "operator", publicKey }] });
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: systemUser({ userId: "operator", key, audience: emulator.url }),
    });
    const { system } = zitadel;
    const { result: instances } = await system.v1.listInstances({});
    const instanceId = instances[0]?.id ?? "";
    assert.deepEqual(
      instances.map(({ name }) => name),
      ["ZITADEL"],
    );
    await system.v1.updateInstance({ instanceId, instanceName: "Acme" });
    await system.v1.addDomain({ instanceId, domain: "login.example.test" });
    const { instance } = await system.v1.getInstance({ instanceId });
    assert.equal(instance?.name, "Acme");
    assert.ok(instance?.domains.some(({ domain }) => domain === "login.example.test"));
    assert.equal((await system.v1.existsDomain({ domain: "login.example.test" })).exists, true);
    await system.v1.removeDomain({ instanceId, domain: "login.example.test" });
    const queries = [{ query: { case: "domainQuery" as const, value: { domain: "login.example.test" } } }];
    assert.deepEqual((await system.v1.listDomains({ instanceId, queries })).result, []);
    const members = await system.v1.listIAMMembers({ instanceId });
    assert.ok(members.result.some(({ userId }) => userId === emulator.serviceUser.userId));
    await assert.rejects(async () => await system.v1.getInstance({ instanceId: "1" }), {
      code: Code.NotFound,
    });
  });

  it("blocks and unblocks the instance, and hides events older than the audit log retention", async () => {
    let now = Date.now();
    await using emulator = await startEmulator({
      systemUsers: [{ name: "operator", publicKey }],
      clock: { now: () => now },
    });
    const { url } = emulator;
    await using operator = createZitadel({
      url,
      auth: systemUser({ userId: "operator", key, audience: url }),
    });
    await using zitadel = createZitadel({
      url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    const { system } = operator;
    const instanceId = (await zitadel.admin.v1.getMyInstance()).instance?.id ?? "";
    await rejectsWith(system.v1.setLimits({ instanceId }), Code.InvalidArgument, "COMMAND-4M9vs");
    await rejectsWith(system.v1.resetLimits({ instanceId }), Code.NotFound, "COMMAND-9JToT");

    const { details } = await system.v1.setLimits({ instanceId, block: true });
    assert.equal(details?.sequence, 1n);
    await rejectsWith(zitadel.user.v2.listUsers({}), Code.ResourceExhausted, "LIMITS-molsj");
    await rejectsWith(zitadel.auth.v1.getMyUser({}), Code.ResourceExhausted, "LIMITS-molsj");
    const response = await fetch(`${url}/.well-known/openid-configuration`);
    assert.deepEqual([response.status, await response.text()], [429, "Your ZITADEL instance is blocked.\n"]);
    assert.equal((await system.v1.setLimits({ instanceId, block: true })).details?.sequence, 1n);

    now += 60_000;
    const limits = [{ instanceId, block: false, auditLogRetention: { seconds: 30n } }];
    const { targetDetails } = await system.v1.bulkSetLimits({ limits });
    assert.deepEqual(
      targetDetails.map(({ sequence }) => sequence),
      [2n],
    );
    const { events } = await zitadel.admin.v1.listEvents({ asc: true, limit: 10 });
    assert.deepEqual(
      events.map(({ type }) => type?.type),
      ["limits.set"],
    );
    assert.equal((await system.v1.resetLimits({ instanceId })).details?.sequence, 3n);
    assert.equal((await zitadel.admin.v1.listEvents({ asc: true, limit: 10 })).events.length, 10);
  });

  it("is not available to users of the instance", async () => {
    await using emulator = await startEmulator();
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    await assert.rejects(async () => await zitadel.system.v1.listInstances({}), {
      code: Code.Unauthenticated,
    });
  });
});
