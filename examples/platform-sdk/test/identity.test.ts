import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  AcmeIdentityError,
  createIdentity,
  type Identity,
  toAcmeError,
  withCorrelationId,
} from "@acme/identity";
import { Code } from "zitadel-connect";
import { type Emulator, startEmulator, zitadelError } from "zitadel-connect/testing";
import { UserService } from "../gen/zitadel/user/v2/user_service_pb.js";

const ada = { email: "ada@acme.example", givenName: "Ada", familyName: "Lovelace" };

describe("Acme's identity SDK", () => {
  let emulator: Emulator;
  let identity: Identity;
  let directory: string;
  before(async () => {
    emulator = await startEmulator();
    directory = mkdtempSync(join(tmpdir(), "acme-"));
    const keyFile = join(directory, "key.json");
    writeFileSync(keyFile, emulator.serviceUser.keyFile);
    const env = { ACME_IDENTITY_URL: emulator.url, ACME_IDENTITY_KEY_FILE: keyFile };
    identity = createIdentity({ service: "billing/2.1", env });
  });
  after(async () => {
    await identity[Symbol.asyncDispose]();
    await emulator.close();
    rmSync(directory, { recursive: true });
  });

  const failsWith = (reason: string) => (error: unknown) =>
    error instanceof AcmeIdentityError && error.reason === reason;

  it("provisions, finds and deactivates a user", async () => {
    assert.equal(await identity.findUserByEmail(ada.email), undefined);
    const id = await identity.provisionUser(ada);
    const user = { id, email: ada.email, displayName: "Ada Lovelace" };
    assert.deepEqual(await identity.findUserByEmail(ada.email), { ...user, isActive: true });
    await identity.deactivateUser(id);
    await identity.deactivateUser(id);
    assert.deepEqual(await identity.findUserByEmail(ada.email), { ...user, isActive: false });
  });

  it("says why something failed in words of its own", async () => {
    await assert.rejects(identity.deactivateUser("1"), failsWith("not_found"));
    await assert.rejects(identity.provisionUser({ ...ada, givenName: "" }), failsWith("invalid"));
    const undo = emulator.handle(UserService, {
      listUsers: () => {
        throw zitadelError(Code.PermissionDenied, "AUTH-5mWD2", "No matching permissions found");
      },
    });
    await assert.rejects(identity.findUserByEmail(ada.email), failsWith("forbidden"));
    undo();
  });

  it("sends the correlation id and the name of the service", async () => {
    await withCorrelationId("request-7", () => identity.findUserByEmail(ada.email));
    const headers = emulator.requests.at(-1)?.headers;
    assert.equal(headers?.get("x-acme-correlation-id"), "request-7");
    assert.match(headers?.get("user-agent") ?? "", /^billing\/2\.1 acme-identity\/1\.0\.0 /);
  });

  it("lends the generated client, which has what Acme uses and no more", async () => {
    const { defaultLanguage } = await identity.zitadel.settings.v2.getGeneralSettings();
    assert.equal(defaultLanguage, "en");
    assert.deepEqual(Object.keys(identity.zitadel.settings.v2), ["getGeneralSettings"]);
    assert.ok(!("deleteUser" in identity.zitadel.user.v2));
    await assert.rejects(identity.zitadel.user.v2.getUserByID({ userId: "1" }), (error) =>
      failsWith("not_found")(toAcmeError(error)),
    );
  });

  it("names the environment variable that is missing", () => {
    assert.throws(() => createIdentity({ service: "billing/2.1", env: {} }), /ACME_IDENTITY_URL is missing/);
  });
});
