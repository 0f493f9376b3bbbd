import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createZitadel, personalAccessToken, readEvents, toDate, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const START = Date.parse("2030-01-01T00:00:00.000Z");
const time = (minutes: number): Date => new Date(START + minutes * 60_000);

describe("readEvents()", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  const userIds: string[] = [];
  let now = START;
  before(async () => {
    emulator = await startEmulator({ clock: { now: () => now } });
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    for (let minute = 1; minute <= 5; minute++) {
      now = time(minute).getTime();
      const { userId } = await zitadel.user.v2.addHumanUser({
        username: `user${minute}`,
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email: "ada@example.com" },
      });
      userIds.push(userId);
      await zitadel.user.v2.lockUser({ userId });
    }
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  const minutes = async (options: Parameters<typeof readEvents>[1]): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { creationDate } of readEvents(zitadel, options)) {
      if (creationDate !== undefined) seen.push((toDate(creationDate).getTime() - START) / 60_000);
    }
    return seen;
  };
  const eventTypes = ["user.locked"];

  it("reads from a time, inclusive, to another, exclusive", async () => {
    const seen = await minutes({ from: time(2), to: time(4), eventTypes: ["user.human.added"] });
    assert.deepEqual(seen.map(Math.round), [2, 3]);
  });

  it("reads from the beginning, to the end, or everything", async () => {
    assert.deepEqual((await minutes({ from: time(4), eventTypes })).map(Math.round), [4, 5]);
    assert.deepEqual((await minutes({ to: time(3), eventTypes })).map(Math.round), [1, 2]);
    assert.deepEqual((await minutes({ eventTypes })).map(Math.round), [1, 2, 3, 4, 5]);
  });

  it("returns the newest first if requested, also for one aggregate and between two times", async () => {
    assert.deepEqual(
      (await minutes({ from: time(2), newestFirst: true, eventTypes })).map(Math.round),
      [5, 4, 3, 2],
    );
    const [, second = ""] = userIds;
    const types: (string | undefined)[] = [];
    const options = { aggregateId: second, from: time(1), to: time(3), newestFirst: true };
    for await (const { type } of readEvents(zitadel, options)) types.push(type?.type);
    assert.deepEqual(types, ["user.locked", "user.human.email.code.added", "user.human.added"]);
    assert.deepEqual(await minutes({ aggregateId: second, from: time(3) }), []);
  });

  it("names an invalid option", () => {
    assert.throws(
      () => readEvents(zitadel, { from: new Date("x") }),
      /readEvents\(\): from is an invalid Date/,
    );
    const since = { since: new Date() } as object;
    assert.throws(
      () => readEvents(zitadel, since),
      /readEvents\(\): since is not an option; did you mean from/,
    );
  });
});
