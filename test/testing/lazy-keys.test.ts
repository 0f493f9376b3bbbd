import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { after, afterEach, before, beforeEach, describe, it, mock } from "node:test";
import { createZitadel, personalAccessToken, privateKeyJwt, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { askToken } from "./support/json-call.ts";

describe("The RSA keys of an emulator", () => {
  let made = 0;
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(() => {
    for (const name of ["generateKeyPair", "generateKeyPairSync"] as const) {
      // Calls are passed on unchanged.
      const make = crypto[name] as (...given: unknown[]) => unknown;
      mock.method(crypto, name, (...given: unknown[]) => {
        made += 1;
        return make(...given);
      });
    }
    // Also for modules that import it by name.
    syncBuiltinESMExports();
  });
  after(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });
  beforeEach(async () => {
    made = 0;
    emulator = await startEmulator();
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  afterEach(async () => {
    await zitadel.close();
    await emulator.close();
  });

  const readKeys = async (): Promise<unknown> => (await fetch(`${emulator.url}/oauth/v2/keys`)).json();
  const signIn = async (key: string): Promise<void> => {
    await using signedIn = createZitadel({ url: emulator.url, auth: privateKeyJwt({ key }) });
    await signedIn.user.v2.listUsers({});
  };

  it("are not generated for callers with a personal access token or a client secret", async () => {
    await zitadel.user.v2.listUsers({});
    const { serviceUser } = emulator;
    const { clientId: client_id, clientSecret: client_secret } = serviceUser;
    const form = { grant_type: "client_credentials", client_id, client_secret, scope: "profile" };
    assert.equal((await askToken(emulator.url, form)).status, 200);
    await emulator.createServiceUser({ username: "bot" });
    await emulator.createApplication();
    await emulator.rotateWebKey();
    emulator.reset();
    await zitadel.user.v2.listUsers({});
    assert.equal(made, 0);
  });

  it("are generated once, and are the same before and after a reset, whichever comes first", async () => {
    const { serviceUser } = emulator;
    emulator.reset();
    const { keyFile } = emulator.serviceUser;
    assert.equal(made, 1);
    assert.equal(serviceUser.keyFile, keyFile);
    await signIn(keyFile);
    const keys = await readKeys();
    emulator.reset();
    assert.deepEqual(await readKeys(), keys);
    await signIn(keyFile);
    assert.equal(made, 3);
  });

  it("are part of the events about them", async () => {
    const { events } = await zitadel.admin.v1.listEvents({ aggregateTypes: ["web_key"], asc: true });
    const added = events.flatMap(({ type, payload }) =>
      type?.type === "web_key.added" ? [payload?.["publicKey"] as { n: string } | undefined] : [],
    );
    const { keys } = (await readKeys()) as { keys: { n: string }[] };
    assert.equal(keys.length, 2);
    assert.deepEqual(
      added.map((key) => key?.n),
      keys.map(({ n }) => n),
    );
  });

  it("are part of a snapshot, even if nobody has used them before", async () => {
    const state = await emulator.snapshot();
    const { keyFile } = emulator.serviceUser;
    await emulator.restore({});
    await emulator.restore(JSON.parse(JSON.stringify(state)));
    assert.equal(emulator.serviceUser.keyFile, keyFile);
    await signIn(keyFile);
    assert.equal(made, 3);
  });
});
