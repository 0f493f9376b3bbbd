import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import type { Event } from "../../../gen/zitadel/event_pb.js";
import type { Zitadel } from "../../../src/client/create-zitadel.ts";
import { ListError } from "../../../src/client/lists/list-error.ts";
import { createZitadel } from "../../../src/client/pinned-client.ts";
import { type Emulator, startEmulator } from "../../../src/testing/emulator.ts";

const METADATA_SET = ["user.metadata.set"];

function toName({ aggregate, sequence }: Event): string {
  return `${aggregate?.type?.type}:${aggregate?.id}:${sequence}`;
}

describe("a list of events", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  let all: string[];
  let userIds: string[];

  before(async () => {
    let now = 1_800_000_000_000;
    emulator = await startEmulator({ clock: { now: () => now } });
    const { url, serviceUser } = emulator;
    zitadel = createZitadel({ url, auth: { getToken: async () => ({ token: serviceUser.token }) } });
    userIds = [];
    for (let number = 0; number < 8; number++) {
      now += number % 3;
      const email = { email: `user-${number}@example.test` };
      const profile = { givenName: "Ada", familyName: "Lovelace" };
      const user = await zitadel.user.v2.addHumanUser({ username: `user-${number}`, profile, email });
      userIds.push(user.userId);
      // This many events share one instant.
      const metadata = Array.from({ length: number }, (_, key) => ({
        key: `${key}`,
        value: new Uint8Array([1]),
      }));
      if (number > 0) await zitadel.user.v2.setUserMetadata({ userId: user.userId, metadata });
    }
    all = (await zitadel.admin.v1.listEvents({ asc: true })).events.map(toName);
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  it("of several aggregates is complete in either direction, whatever the page size and shared instants", async () => {
    assert.ok(all.length > 40);
    assert.equal(new Set(all).size, all.length);
    for (const asc of [true, false]) {
      for (let pageSize = 1; pageSize <= all.length + 1; pageSize++) {
        const events = await zitadel.admin.v1.listEvents({ asc }, { pageSize }).toArray();
        assert.deepEqual(events.map(toName), asc ? all : all.toReversed(), `pages of ${pageSize}`);
      }
    }
  });

  it("honors the time filter of the request", async () => {
    const { events } = await zitadel.admin.v1.listEvents({ asc: true });
    const time = fc.constantFrom(...events.flatMap(({ creationDate }) => creationDate ?? []));
    const filter = fc.oneof(
      time.map((value) => ({ case: "from" as const, value })),
      fc.record({ since: time, until: time }).map((value) => ({ case: "range" as const, value })),
    );
    await fc.assert(
      fc.asyncProperty(
        filter,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (filter, asc, pageSize) => {
          const request = { asc, creationDateFilter: filter };
          const expected = (await zitadel.admin.v1.listEvents(request)).events.map(toName);
          const listed = await zitadel.admin.v1.listEvents(request, { pageSize }).toArray();
          assert.deepEqual(listed.map(toName), expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("of one aggregate is listed by its sequence", async () => {
    for (const asc of [true, false]) {
      const request = { asc, aggregateId: userIds[7] ?? "" };
      const events = await zitadel.admin.v1.listEvents(request, { pageSize: 2 }).toArray();
      const sequences = Array.from({ length: 9 }, (_, index) => BigInt(index + 1));
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        asc ? sequences : sequences.toReversed(),
      );
    }
  });

  it("resumes from the cursor of any page", async () => {
    for await (const page of zitadel.admin.v1.listEvents({ asc: true }, { pageSize: 4 }).pages()) {
      const cursor = JSON.parse(JSON.stringify(page.cursor)) as typeof page.cursor;
      const rest = await zitadel.admin.v1.listEvents({ asc: true }, { resumeFrom: cursor }).toArray();
      assert.deepEqual(rest.map(toName), all.slice(cursor.yielded));
    }
  });

  it("has something new on each page, and a page if there are no events", async () => {
    for (const pageSize of [4, 7, all.length]) {
      for await (const { items } of zitadel.admin.v1.listEvents({}, { pageSize }).pages()) {
        assert.ok(items.length > 0, `pages of ${pageSize}`);
      }
    }
    const nothing = zitadel.admin.v1.listEvents({ eventTypes: ["user.removed"] });
    const sizes: number[] = [];
    for await (const { items } of nothing.pages()) sizes.push(items.length);
    assert.deepEqual(sizes, [0]);
  });

  it("resumes from where the loop was aborted", async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const { signal } = abort;
    const error = await (async () => {
      for await (const event of zitadel.admin.v1.listEvents({ asc: true }, { pageSize: 7, signal })) {
        if (seen.push(toName(event)) === 24) abort.abort();
      }
    })().catch((error: unknown) => error);
    assert.ok(error instanceof ListError);
    const rest = await zitadel.admin.v1.listEvents({ asc: true }, { resumeFrom: error.cursor }).toArray();
    assert.deepEqual([...seen, ...rest.map(toName)], all);
  });

  it("fails where more events share an instant than fit on a page, and skips none", async () => {
    const userId = userIds[0] ?? "";
    const metadata = Array.from({ length: 1_001 }, (_, key) => ({
      key: `k${key}`,
      value: new Uint8Array([1]),
    }));
    await zitadel.user.v2.setUserMetadata({ userId, metadata });
    const request = { asc: true, eventTypes: METADATA_SET };
    const error = await zitadel.admin.v1
      .listEvents(request)
      .toArray()
      .catch((error: unknown) => error);
    assert.ok(error instanceof ListError);
    assert.deepEqual([error.code, error.yielded >= 1_000], [Code.FailedPrecondition, true]);
    const events = await zitadel.admin.v1.listEvents({ ...request, aggregateId: userId }).toArray();
    assert.equal(events.length, 1_001);
  });
});
