import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type AcmeIdentity, AcmeIdentityError, createAcmeIdentity, type Person } from "@acme/identity";
import { privateKeyJwt } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";

describe("Acme's identity SDK", () => {
  let emulator: Emulator;
  let identity: AcmeIdentity;

  before(async () => {
    emulator = await startEmulator();
    identity = createAcmeIdentity({
      team: "billing",
      url: emulator.url,
      auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
    });
  });
  after(async () => {
    await identity[Symbol.asyncDispose]();
    await emulator.close();
  });

  it("hires, finds, lists and dismisses people", async () => {
    const id = await identity.hire({ name: "Ada", familyName: "Lovelace", email: "ada@acme.example" });
    const ada = { id, name: "Ada Lovelace", email: "ada@acme.example" };
    assert.deepEqual(await identity.person(id), ada);
    const found: Person[] = [];
    for await (const person of identity.people()) if (person.id === id) found.push(person);
    assert.deepEqual(found, [ada]);
    await identity.dismiss(id);
  });

  it("has one error, with a word to decide on", async () => {
    await assert.rejects(identity.person("nobody"), (error) => {
      assert.ok(error instanceof AcmeIdentityError);
      assert.equal(error.problem, "not-found");
      return true;
    });
  });

  it("tells the gateway whose call it is, and Zitadel whose program", () => {
    const last = emulator.requests.at(-1);
    assert.equal(last?.headers.get("x-acme-team"), "billing");
    assert.match(last?.headers.get("user-agent") ?? "", /^acme-identity\/1\.0 \(billing\) zitadel-connect\//);
  });

  it("offers what it was generated with, and nothing else of Zitadel", async () => {
    assert.deepEqual(Object.keys(await import("@acme/identity")).sort(), [
      "AcmeIdentityError",
      "createAcmeIdentity",
    ]);
  });
});
