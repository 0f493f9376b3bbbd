import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { clientCredentials, createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { commandStore, rotateSecret } from "../../src/service-users/index.ts";
import { rotateSecretInSteps } from "../../src/service-users/rotate-secret.ts";
import type { Checkpoint } from "../../src/service-users/rotation.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { jumpingClock, killAt, never } from "./support/interruptions.ts";

/** Every point at which a rotation can be interrupted, in order. */
const PLACES = [
  "begun",
  "fallback added",
  "fallback signed in",
  "prepared",
  "secret added",
  "written",
  "replaced",
  "fallback removed",
  "done",
];

describe("rotateSecret()", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  let count = 0;
  before(async () => {
    emulator = await startEmulator();
    admin = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  it("writes another secret to the file, for its owner only, and leaves no key", async (t) => {
    const fixture = await prepare(t);
    const { secretFile, secret, keyIds, workingSecret, files, clientId } = fixture;
    const keys = await keyIds();
    const { resumed } = await rotateSecret(fixture.zitadel(), { clientId, secretFile });
    assert.equal(resumed, false);
    assert.notEqual(await workingSecret(), secret);
    assert.deepEqual([await keyIds(), files()], [keys, ["secret"]]);
    assert.equal(statSync(secretFile).mode & 0o777, 0o600);
  });

  for (const place of PLACES) {
    it(`can always be finished by the user itself, and leaves no key, when killed at "${place}"`, async (t) => {
      const fixture = await prepare(t);
      const { keyIds, workingSecret, files, secret } = fixture;
      const keys = await keyIds();
      const first = fixture.zitadel();
      await first.auth.v1.getMyUser();
      await killAt(place, (checkpoint) => rotate(fixture, first, checkpoint));
      // There is one moment in which no secret in the file works: then the key in the journal helps.
      if (place !== "secret added") await workingSecret();
      // Like another process: it has nothing but the files.
      const { resumed } = await rotate(fixture, fixture.zitadel(), never);
      assert.equal(resumed, place !== "done");
      assert.notEqual(await workingSecret(), secret);
      assert.deepEqual([await keyIds(), files()], [keys, ["secret"]]);
    });
  }

  it("needs no key if another user rotates, also with a store, and can be repeated", async (t) => {
    const { secretFile, keyIds, workingSecret, clientId, files } = await prepare(t);
    const keys = await keyIds();
    const store = commandStore({ readWith: `cat '${secretFile}'`, writeWith: `cat > '${secretFile}'` });
    await killAt("secret added", (at) => rotateSecretInSteps(admin, { clientId, store }, jumpingClock(), at));
    await rotateSecretInSteps(admin, { clientId, store }, jumpingClock(), never);
    await workingSecret();
    assert.deepEqual([await keyIds(), files()], [keys, ["secret"]]);
  });

  it("does not replace a secret in a store if a failure would lock the user out", async (t) => {
    const { zitadel, secretFile, secret, clientId, workingSecret } = await prepare(t);
    const store = commandStore({ readWith: `cat '${secretFile}'`, writeWith: `cat > '${secretFile}'` });
    await assert.rejects(rotateSecret(zitadel(), { clientId, store }), /cannot sign in again/);
    assert.equal(await workingSecret(), secret);
  });

  it("reports that there is no such user", async (t) => {
    const { secretFile } = await prepare(t);
    const rotation = rotateSecret(admin, { clientId: "nobody", secretFile });
    await assert.rejects(
      rotation,
      /there is no user "nobody" that this client may see; clientId is the login name/,
    );
  });

  type Fixture = Awaited<ReturnType<typeof prepare>>;

  const rotate = ({ clientId, secretFile }: Fixture, zitadel: Zitadel, checkpoint: Checkpoint) =>
    rotateSecretInSteps(zitadel, { clientId, secretFile }, jumpingClock(), checkpoint);

  async function prepare(t: TestContext) {
    const directory = mkdtempSync(join(tmpdir(), "rotate-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const user = await emulator.createServiceUser({ username: `secret robot ${++count}` });
    const { userId, clientId, clientSecret } = user;
    const secretFile = join(directory, "secret");
    writeFileSync(secretFile, clientSecret);
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id: userId } } }];
    const zitadel = (): Zitadel => {
      const auth = clientCredentials({ clientId, clientSecretFile: secretFile });
      const client = createZitadel({ url: emulator.url, auth });
      t.after(() => client.close());
      return client;
    };
    return {
      zitadel,
      secretFile,
      secret: clientSecret,
      clientId,
      keyIds: async () => (await admin.user.v2.listKeys({ filters })).result.map(({ id }) => id).sort(),
      /** The secret in the file, once a new client has signed in with it. */
      async workingSecret() {
        assert.equal((await zitadel().auth.v1.getMyUser()).user?.id, userId);
        return readFileSync(secretFile, "utf8").trim();
      },
      files: () => readdirSync(directory),
    };
  }
});
