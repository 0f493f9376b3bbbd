import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../gen/zitadel/event_pb.js";
import type { Zitadel } from "../../src/client/create-zitadel.ts";
import { createZitadel } from "../../src/client/pinned-client.ts";
import { type EmulatorOptions, startEmulator } from "../../src/testing/emulator.ts";
import { EventLog } from "../../src/testing/state/event-log.ts";

const HUMAN = {
  username: "ada",
  profile: { givenName: "Ada", familyName: "Lovelace" },
  email: { email: "ada@example.test", verification: { case: "isVerified" as const, value: true } },
};

async function withEmulator(
  options: EmulatorOptions,
  test: (zitadel: Zitadel, callerId: string) => Promise<void>,
): Promise<void> {
  await using emulator = await startEmulator(options);
  const { url, serviceUser } = emulator;
  const auth = { getToken: async () => ({ token: serviceUser.token }) };
  await using zitadel = createZitadel({ url, auth });
  await test(zitadel, serviceUser.userId);
}

function toTypes(events: readonly Event[]): (string | undefined)[] {
  return events.map(({ type }) => type?.type);
}

describe("the emulator's log of events", () => {
  it("records who did what and when, with payload and sequence, like the server", async () => {
    const now = Date.UTC(2026, 5, 1);
    await withEmulator({ clock: { now: () => now } }, async (zitadel, callerId) => {
      const { userId, details } = await zitadel.user.v2.addHumanUser(HUMAN);
      const { events } = await zitadel.admin.v1.listEvents({ aggregateId: userId, asc: true });
      const [added, verified] = events;
      assert.deepEqual(toTypes(events), ["user.human.added", "user.human.email.verified"]);
      assert.deepEqual(added?.payload, {
        userName: "ada",
        firstName: "Ada",
        lastName: "Lovelace",
        displayName: "Ada Lovelace",
        preferredLanguage: "und",
        email: "ada@example.test",
      });
      assert.equal(verified?.payload, undefined);
      assert.deepEqual(
        [added?.editor?.userId, added?.editor?.displayName, added?.editor?.service],
        [callerId, "service-user", "zitadel"],
      );
      assert.deepEqual(
        [added?.aggregate?.type?.type, added?.aggregate?.resourceOwner],
        ["user", details?.resourceOwner],
      );
      assert.deepEqual([added?.sequence, verified?.sequence, details?.sequence], [1n, 2n, 2n]);
      // One transaction.
      assert.deepEqual(added?.creationDate, verified?.creationDate);
      assert.equal(added?.creationDate && timestampMs(added.creationDate), now);
    });
  });

  it("contains everything that RPCs change, by the server's names, in order", async () => {
    await withEmulator({}, async (zitadel) => {
      const { user, org, session } = zitadel;
      const { organizationId } = await org.v2.addOrganization({ name: "Acme", admins: [human("boss")] });
      const { userId } = await user.v2.addHumanUser(HUMAN);
      await user.v2.setEmail({
        userId,
        email: "a@example.test",
        verification: { case: "returnCode", value: {} },
      });
      await user.v2.setPassword({ userId, newPassword: { password: "Password1!" } });
      await user.v2.updateUser({ userId, username: "countess", userType: { case: "human", value: {} } });
      await user.v2.lockUser({ userId });
      await user.v2.unlockUser({ userId });
      await user.v2.deleteUser({ userId });
      assert.deepEqual(toTypes(await listAll(zitadel, userId)), [
        "user.human.added",
        "user.human.email.verified",
        "user.human.email.changed",
        "user.human.email.code.added",
        "user.human.password.changed",
        "user.username.changed",
        "user.locked",
        "user.unlocked",
        "user.removed",
      ]);
      await zitadel.admin.v1.removeOrg({ orgId: organizationId });
      assert.deepEqual(toTypes(await listAll(zitadel, organizationId)), [
        "org.added",
        "org.domain.added",
        "org.domain.verified",
        "org.domain.primary.set",
        "org.member.added",
        "org.removed",
      ]);
      const { sessionId } = await session.v2.createSession({ metadata: { a: new Uint8Array([1]) } });
      await session.v2.deleteSession({ sessionId });
      assert.deepEqual(toTypes(await listAll(zitadel, sessionId)), [
        "session.added",
        "session.metadata.set",
        "session.token.set",
        "session.terminated",
      ]);
    });
  });

  it("records only the failed check of a session whose check failed", async () => {
    await withEmulator({}, async (zitadel) => {
      const { userId } = await zitadel.user.v2.addHumanUser({
        ...HUMAN,
        passwordType: { case: "password", value: { password: "Password1!" } },
      });
      const user = { search: { case: "userId" as const, value: userId } };
      const checks = { user, password: { password: "wrong" } };
      await assert.rejects(zitadel.session.v2.createSession({ checks }));
      const { events } = await zitadel.admin.v1.listEvents({ asc: true });
      assert.equal(toTypes(events).at(-1), "user.human.password.check.failed");
      assert.ok(!toTypes(events).includes("session.added"));
    });
  });

  it("is filtered, limited and ordered like the server's", async () => {
    await withEmulator({}, async (zitadel, callerId) => {
      const { listEvents } = zitadel.admin.v1;
      const { userId } = await zitadel.user.v2.addHumanUser(HUMAN);
      const metadata = Array.from({ length: 1_001 }, (_, key) => ({
        key: `${key}`,
        value: new Uint8Array([1]),
      }));
      await zitadel.user.v2.setUserMetadata({ userId, metadata });
      const count = async (request: Parameters<typeof listEvents>[0]): Promise<number> =>
        (await listEvents(request)).events.length;
      assert.equal(await count({}), 1_000);
      assert.equal(await count({ limit: 5_000 }), 1_000);
      assert.equal(await count({ limit: 3, aggregateId: userId }), 3);
      assert.equal(await count({ eventTypes: ["user.human.added", "org.added"] }), 3);
      assert.equal(await count({ aggregateTypes: ["org"] }), 5);
      assert.equal(await count({ editorUserId: callerId, eventTypes: ["user.human.added"] }), 1);
      assert.equal(await count({ aggregateId: userId, sequence: 3n, asc: true }), 1_000);
      assert.equal(await count({ aggregateId: userId, sequence: 3n }), 2);
      const creationDateFilter = { case: "from" as const, value: timestampFromMs(Date.now() + 60_000) };
      assert.equal(await count({ asc: true, creationDateFilter }), 0);
      assert.equal(await count({ creationDateFilter }), 1_000);
      assert.deepEqual(toTypes((await listEvents({ limit: 1 })).events), ["user.metadata.set"]);
    });
  });

  it("is the source of listed changes of users and organizations", async () => {
    await withEmulator({}, async (zitadel, callerId) => {
      const { userId } = await zitadel.user.v2.addHumanUser(HUMAN);
      const newest = await zitadel.management.v1.listUserChanges({ userId, query: { limit: 1 } });
      assert.deepEqual(
        newest.result.map(({ eventType, sequence, editorId, editorPreferredLoginName }) => [
          eventType?.key,
          sequence,
          editorId,
          editorPreferredLoginName,
        ]),
        [["EventTypes.user.human.email.verified", 2n, callerId, "service-user"]],
      );
      assert.equal((await zitadel.management.v1.listOrgChanges().toArray()).length, 5);
      assert.equal((await zitadel.auth.v1.listMyUserChanges().toArray()).length, 4);
    });
  });

  it("lists a transaction that commits late after everything listed before it", async () => {
    let now = Date.UTC(2026, 0, 1);
    const commitDelayMs = ({ type }: { type: string }): number => (type === "user.locked" ? 5_000 : 0);
    await withEmulator({ clock: { now: () => now }, commitDelayMs }, async (zitadel) => {
      now += 10_000;
      const { userId } = await zitadel.user.v2.addHumanUser(HUMAN);
      await zitadel.user.v2.lockUser({ userId });
      const { events } = await zitadel.admin.v1.listEvents({ limit: 3 });
      assert.deepEqual(toTypes(events), ["user.human.email.verified", "user.human.added", "user.locked"]);
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        [2n, 1n, 3n],
      );
    });
  });

  it("drops the oldest of two hundred thousand events, but keeps the sequences of objects", () => {
    const log = new EventLog(() => 1_000);
    const aggregate = { aggregateType: "user", resourceOwner: "org", createdAt: 0, changedAt: 0 };
    log.append({ ...aggregate, id: "old", sequence: 0 }, { type: "user.locked" });
    for (let sequence = 0; sequence < 200_000; sequence++) {
      log.append({ ...aggregate, id: "busy", sequence }, { type: "user.locked" });
    }
    const found = log.find({ asc: true, limit: 300_000 });
    assert.ok(found.length >= 100_000 && found.length < 200_000, `${found.length}`);
    assert.equal(found.at(-1)?.sequence, 200_000);
    assert.equal(log.append({ ...aggregate, id: "old", sequence: 1 }, { type: "user.unlocked" }).sequence, 2);
  });
});

function human(username: string) {
  const value = { ...HUMAN, username };
  return { userType: { case: "human" as const, value } };
}

async function listAll(zitadel: Zitadel, aggregateId: string): Promise<Event[]> {
  return await zitadel.admin.v1.listEvents({ aggregateId, asc: true }).toArray();
}
