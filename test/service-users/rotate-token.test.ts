import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { commandStore, rotateToken } from "../../src/service-users/index.ts";
import { rotateTokenInSteps } from "../../src/service-users/rotate-token.ts";
import type { Checkpoint } from "../../src/service-users/rotation.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { jumpingClock, killAt, never } from "./support/interruptions.ts";

/** Every point at which a rotation can be interrupted, in order. */
const PLACES = [
  "begun",
  "added",
  "signed in",
  "registered",
  "written",
  "replaced",
  "grace time over",
  "old removed",
  "done",
];

describe("rotateToken()", () => {
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

  it("writes another token to the file, for its owner only, and removes the old one", async (t) => {
    const { zitadel, tokenFile, tokenIds, workingToken, token, files } = await prepare(t);
    const [oldId] = await tokenIds();
    const rotated = await rotateToken(zitadel, { tokenFile, graceMs: 0 });
    assert.deepEqual([rotated.previousTokenId, rotated.resumed], [oldId, false]);
    assert.notEqual(await workingToken(), token);
    assert.deepEqual([await tokenIds(), files()], [[rotated.tokenId], ["service-user.pat"]]);
    assert.equal(statSync(tokenFile).mode & 0o777, 0o600);
    await assert.rejects(me(token), /UNAUTHENTICATED|unauthenticated/i);
  });

  for (const place of PLACES) {
    it(`always has a working token, and the next run leaves one token, when killed at "${place}"`, async (t) => {
      const { zitadel, tokenFile, tokenIds, workingToken, files } = await prepare(t);
      await killAt(place, (checkpoint) => rotate(zitadel, tokenFile, checkpoint));
      await workingToken();
      const { tokenId, resumed } = await rotate(zitadel, tokenFile, never);
      assert.equal(resumed, place !== "done");
      await workingToken();
      assert.deepEqual([await tokenIds(), files()], [[tokenId], ["service-user.pat"]]);
    });
  }

  it("asks which of several tokens to rotate before it does anything", async (t) => {
    const { zitadel, tokenFile, tokenIds, workingToken, userId, token } = await prepare(t);
    const [first = ""] = await tokenIds();
    const expirationDate = new Date("2040-01-01");
    const { tokenId: other } = await admin.user.v2.addPersonalAccessToken({ userId, expirationDate });
    await assert.rejects(rotateToken(zitadel, { tokenFile }), (error: Error) => {
      for (const word of [first, other, "previousTokenId"]) assert.ok(error.message.includes(word), word);
      assert.ok(!error.message.includes(token));
      return true;
    });
    assert.deepEqual([await workingToken(), (await tokenIds()).length], [token, 2]);
    assert.ok(!existsSync(`${tokenFile}.rotation`));
    const { tokenId } = await rotateToken(zitadel, { tokenFile, graceMs: 0, previousTokenId: first });
    assert.deepEqual(await tokenIds(), [other, tokenId].sort());
  });

  it("writes no secret of a store to its journal, and finishes by the journal", async (t) => {
    const { zitadel, tokenFile, tokenIds, workingToken } = await prepare(t);
    const store = commandStore({ readWith: `cat '${tokenFile}'`, writeWith: `cat > '${tokenFile}'` });
    const journalFile = join(tokenFile, "..", "journal.json");
    const options = { store, journalFile, graceMs: 0 };
    await killAt("replaced", (at) => rotateTokenInSteps(zitadel, options, jumpingClock(), at));
    assert.ok(!readFileSync(journalFile, "utf8").includes(readFileSync(tokenFile, "utf8").trim()));
    const { tokenId, resumed } = await rotateTokenInSteps(zitadel, options, jumpingClock(), never);
    assert.deepEqual([resumed, await tokenIds()], [true, [tokenId]]);
    await workingToken();
  });

  const rotate = (zitadel: Zitadel, tokenFile: string, checkpoint: Checkpoint) =>
    rotateTokenInSteps(zitadel, { tokenFile, graceMs: 0 }, jumpingClock(), checkpoint);

  async function me(token: string): Promise<string> {
    await using fresh = createZitadel({ url: emulator.url, auth: personalAccessToken({ token }) });
    return (await fresh.auth.v1.getMyUser()).user?.id ?? "";
  }

  async function prepare(t: TestContext) {
    const directory = mkdtempSync(join(tmpdir(), "rotate-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const { userId, token } = await emulator.createServiceUser({ username: `token robot ${++count}` });
    const tokenFile = join(directory, "service-user.pat");
    writeFileSync(tokenFile, token);
    const zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken({ tokenFile }) });
    t.after(() => zitadel.close());
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id: userId } } }];
    return {
      zitadel,
      tokenFile,
      token,
      userId,
      tokenIds: async () =>
        (await admin.user.v2.listPersonalAccessTokens({ filters })).result.map(({ id }) => id).sort(),
      /** The token in the file, once a new client has made a call with it. */
      async workingToken() {
        const stored = readFileSync(tokenFile, "utf8").trim();
        assert.equal(await me(stored), userId);
        return stored;
      },
      files: () => readdirSync(directory),
    };
  }
});
