import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  createOnce,
  createZitadel,
  isAlreadyExists,
  personalAccessToken,
  type Zitadel,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

describe("createOnce()", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  function create(userId: string, username: string): Promise<"created" | "existed"> {
    const { organizationId } = emulator.serviceUser;
    const userType = { case: "machine", value: { name: "robot" } } as const;
    return createOnce(
      () => zitadel.user.v2.createUser({ userId, organizationId, username, userType }),
      () => zitadel.user.v2.getUserByID({ userId }),
    );
  }

  it("creates an object the first time, and finds it from then on", async () => {
    assert.equal(await create("a", "robot-a"), "created");
    assert.equal(await create("a", "robot-a"), "existed");
    assert.equal(await create("a", "another name"), "existed");
  });

  it("fails where the name belongs to another object", async () => {
    await create("b", "robot-b");
    await assert.rejects(create("c", "robot-b"), isAlreadyExists);
  });

  it("rejects with the error of a failed search, rather than guess", async () => {
    const taken = () =>
      zitadel.user.v2.createUser({
        userId: "a",
        username: "robot-a",
        organizationId: emulator.serviceUser.organizationId,
        userType: { case: "machine", value: { name: "robot" } },
      });
    await create("a", "robot-a");
    const lost = new Error("the network");
    await assert.rejects(
      createOnce(taken, () => Promise.reject(lost)),
      lost,
    );
  });
});
