import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { createZitadel, personalAccessToken, systemUser } from "../../src/index.ts";
import { startEmulator } from "../../src/testing/index.ts";

const { publicKey, privateKey: key } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

describe("The emulator's system service", () => {
  it("shows the instance, its domains and its administrators, and changes both of the first", async () => {
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

  it("is closed to users of the instance", async () => {
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
