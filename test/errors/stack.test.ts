import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientCredentials, createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

describe("the stack of an error", () => {
  let emulator: Emulator;
  let unknown: Zitadel;
  let known: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    unknown = createZitadel({ url, auth: clientCredentials({ clientId: "nobody", clientSecret: "wrong" }) });
    known = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  });
  after(async () => {
    await Promise.all([unknown.close(), known.close()]);
    await emulator.close();
  });

  async function assertShows(call: () => Promise<unknown>): Promise<void> {
    const error: unknown = await call().catch((error: unknown) => error);
    assert.ok(error instanceof Error);
    assert.match(
      error.stack ?? "",
      new RegExp(`^(Zitadel|List)Error: .*\n(.*\n)*.*\\b${call.name} \\(.*stack\\.test\\.ts:\\d+:`),
    );
  }

  it("contains the line of a call that the server refuses", async () => {
    await assertShows(async function findUser() {
      await known.user.v2.getUserByID({ userId: "1" });
    });
  });

  it("contains the line of a call for which signing in fails", async () => {
    await assertShows(async function findMyself() {
      await unknown.auth.v1.getMyUser();
    });
  });

  it("contains the line of a loop over a list, and of its first page, for which signing in fails", async () => {
    await assertShows(async function listNames() {
      for await (const _user of unknown.user.v2.listUsers());
    });
    await assertShows(async function listFirstPage() {
      await unknown.user.v2.listUsers();
    });
  });
});
