import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { AdminService } from "../../gen/zitadel/admin_pb.js";
import type { Zitadel } from "../../src/client/create-zitadel.ts";
import { createZitadel } from "../../src/client/pinned-client.ts";
import type { ZitadelError } from "../../src/errors/zitadel-error.ts";
import type { EventCursor } from "../../src/events/event-cursor.ts";
import { followByClock, followEvents, latestEventCursor } from "../../src/events/follow-events.ts";
import type { FollowEventsOptions } from "../../src/events/follow-options.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/testing/emulator.ts";
import { zitadelError } from "../../src/testing/errors.ts";
import { FakeClock, fastClock } from "../auth/support/clocks.ts";

/** The part of an event that the tests look at. */
interface Seen {
  readonly name: string;
  readonly type: string;
  readonly cursor: EventCursor;
}

const clock = fastClock(200);
const value = new Uint8Array([1]);

class Setup {
  readonly emulator: Emulator;
  readonly zitadel: Zitadel;
  #users = 0;

  private constructor(emulator: Emulator) {
    const { url, serviceUser } = emulator;
    this.emulator = emulator;
    const auth = { getToken: async () => ({ token: serviceUser.token }) };
    this.zitadel = createZitadel({ url, auth, retry: { maxAttempts: 1 } });
  }

  static async start(options: EmulatorOptions = {}): Promise<Setup> {
    return new Setup(await startEmulator(options));
  }

  async addUser(): Promise<string> {
    this.#users += 1;
    const username = `user-${this.#users}`;
    const { defaultOrgId: organizationId } = await this.zitadel.settings.v2.getGeneralSettings();
    const { id } = await this.zitadel.user.v2.createUser({
      organizationId,
      username,
      userType: { case: "machine", value: { name: username } },
    });
    return id;
  }

  async setMetadata(userId: string, key: string): Promise<void> {
    await this.zitadel.user.v2.setUserMetadata({ userId, metadata: [{ key, value }] });
  }

  /** The names of all events in the log. */
  async all(): Promise<string[]> {
    const { events } = await this.zitadel.admin.v1.listEvents({ asc: true });
    return events.map((event) => `${event.aggregate?.id}:${event.sequence}`);
  }

  /** Follows until so many events have come. */
  async take(count: number, options: FollowEventsOptions = {}, by: Clock = clock): Promise<Seen[]> {
    const seen: Seen[] = [];
    for await (const event of followByClock(by, this.zitadel, options)) {
      const { aggregate, sequence, type, cursor } = event;
      const stored = JSON.parse(JSON.stringify(cursor)) as EventCursor;
      seen.push({ name: `${aggregate?.id}:${sequence}`, type: type?.type ?? "", cursor: stored });
      if (seen.length >= count) break;
    }
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.zitadel.close();
    await this.emulator.close();
  }
}

function toNames(seen: readonly Seen[]): string[] {
  return seen.map(({ name }) => name);
}

function assertInSequence(names: readonly string[]): void {
  const last = new Map<string, number>();
  for (const name of names) {
    const [object = "", sequence] = name.split(":");
    assert.ok(Number(sequence) > (last.get(object) ?? 0), `${name} in ${names}`);
    last.set(object, Number(sequence));
  }
}

describe("followEvents()", () => {
  it("yields the whole log, and then what is added to it", async () => {
    await using setup = await Setup.start();
    const before = await setup.all();
    const following = setup.take(before.length + 3, { pageSize: 2 });
    const userId = await setup.addUser();
    await setup.setMetadata(userId, "a");
    await setup.setMetadata(userId, "b");
    const seen = await following;
    assert.deepEqual(toNames(seen), [...before, `${userId}:1`, `${userId}:2`, `${userId}:3`]);
    assert.deepEqual(
      seen.slice(-3).map(({ type }) => type),
      ["user.machine.added", "user.metadata.set", "user.metadata.set"],
    );
  });

  it("resumes from the cursor of any event, in another process, without loss or repetition", async () => {
    await using setup = await Setup.start();
    const userId = await setup.addUser();
    const metadata = ["a", "b", "c"].map((key) => ({ key, value }));
    await setup.zitadel.user.v2.setUserMetadata({ userId, metadata });
    const all = await setup.all();
    const seen = await setup.take(all.length);
    for (const [index, { cursor }] of seen.slice(0, -1).entries()) {
      const rest = await setup.take(all.length - index - 1, { after: cursor, pageSize: 3 });
      assert.deepEqual(toNames(rest), all.slice(index + 1));
    }
  });

  it("yields only events that match its filters", async () => {
    await using setup = await Setup.start();
    const userId = await setup.addUser();
    await setup.setMetadata(userId, "a");
    const { organizationId } = await setup.zitadel.org.v2.addOrganization({ name: "Acme" });
    const types = async (count: number, options: FollowEventsOptions): Promise<string[]> =>
      (await setup.take(count, options)).map(({ type }) => type);
    assert.deepEqual(await types(1, { eventTypes: ["user.metadata.set"] }), ["user.metadata.set"]);
    assert.deepEqual(await types(4, { resourceOwner: organizationId }), [
      "org.added",
      "org.domain.added",
      "org.domain.verified",
      "org.domain.primary.set",
    ]);
    assert.deepEqual(await types(1, { aggregateTypes: ["org"], after: new Date(0) }), ["org.added"]);
  });

  it("yields events that appear late, which a follower by date alone loses", async () => {
    let now = Date.UTC(2026, 0, 1);
    let commitDelayMs = 0;
    await using setup = await Setup.start({ clock: { now: () => now }, commitDelayMs: () => commitDelayMs });
    const users = [await setup.addUser(), await setup.addUser()];
    let last = (await setup.zitadel.admin.v1.listEvents({ limit: 1 })).events[0]?.creationDate;
    const naive: string[] = [];
    const known = (await setup.all()).length;
    const following = setup.take(known + 40, { eventTypes: [] });
    for (let number = 0; number < 40; number++) {
      now += 1_000;
      commitDelayMs = (number * 3_700) % 9_999;
      const userId = users[number % 2] ?? "";
      await setup.setMetadata(userId, `key-${number}`);
      const from = last === undefined ? {} : { creationDateFilter: { case: "from" as const, value: last } };
      const { events } = await setup.zitadel.admin.v1.listEvents({ asc: true, ...from });
      naive.push(...events.map(({ aggregate, sequence }) => `${aggregate?.id}:${sequence}`));
      last = events.at(-1)?.creationDate ?? last;
      if (number % 4 === 0) await delay(3);
    }
    const seen = toNames(await following);
    assert.ok(naive.length < 30, `${naive.length} of 40`);
    assert.deepEqual(seen.toSorted(), (await setup.all()).toSorted());
    assertInSequence(seen);
  });

  it("has no gap after latestEventCursor(), even with transactions that were open meanwhile", async () => {
    let now = Date.UTC(2026, 0, 1);
    let commitDelayMs = 0;
    await using setup = await Setup.start({ clock: { now: () => now }, commitDelayMs: () => commitDelayMs });
    now += 60_000;
    await setup.addUser();
    const cursor = await latestEventCursor(setup.zitadel);
    commitDelayMs = 9_000;
    now += 100;
    const late = await setup.addUser();
    const seen = await setup.take(2, { after: cursor, eventTypes: ["user.machine.added"] });
    assert.ok(toNames(seen).includes(`${late}:1`));
  });

  it("stops at the end if configured, with everything that was there, without a pause, while more is written", async () => {
    await using setup = await Setup.start();
    // Its timers never fire.
    const still = new FakeClock();
    const toEnd = (after?: EventCursor) =>
      setup.take(Number.POSITIVE_INFINITY, { after, stopAtEnd: true }, still);
    await setup.addUser();
    const before = await setup.all();
    let looks = 0;
    const undo = setup.emulator.intercept(async (request, next) => {
      if (!request.path.endsWith("/ListEvents")) return next();
      looks += 1;
      await setup.addUser();
      return next();
    });
    const seen = await toEnd();
    undo();
    assert.deepEqual(toNames(seen).slice(0, before.length), before);
    // One for the newest event, one for all, and one that shows that none is missing before another.
    assert.equal(looks, 3);
    const rest = await toEnd(seen.at(-1)?.cursor);
    assert.deepEqual([...toNames(seen), ...toNames(rest)], await setup.all());
    assert.deepEqual(await toEnd(rest.at(-1)?.cursor), []);
  });

  it("retries while a server is down or fails, at any request, and reports it", async () => {
    await using setup = await Setup.start();
    const userId = await setup.addUser();
    const all = await setup.all();
    for (let failing = 0; failing < 6; failing++) {
      let requests = 0;
      const errors: unknown[] = [];
      const undo = setup.emulator.intercept((request, next) => {
        if (request.path.endsWith("/ListEvents")) requests += 1;
        if (requests > failing && requests <= failing + 3) {
          request.drop();
          return undefined;
        }
        return next();
      });
      const seen = await setup.take(all.length, { pageSize: 3, onRetry: (error) => errors.push(error) });
      undo();
      assert.deepEqual(toNames(seen), all);
      assert.ok(failing > 3 || errors.length === 3, `${errors.length} of ${failing}`);
    }
    assert.ok(userId);
  });

  it("fails immediately if it may not list events, and after a minute if it loses that permission", async () => {
    await using setup = await Setup.start();
    let denied = true;
    let since = 0;
    const events = (await setup.zitadel.admin.v1.listEvents({ asc: true })).events;
    setup.emulator.handle(AdminService, {
      listEvents: ({ creationDateFilter }) => {
        if (denied) throw zitadelError(Code.PermissionDenied, "AUTH-5mWD2", "No matching permissions found");
        return { events: creationDateFilter.case === undefined ? events : [] };
      },
    });
    const isDenied = (error: ZitadelError): boolean => error.code === Code.PermissionDenied;
    await assert.rejects(setup.take(1), isDenied);
    denied = false;
    const fast = fastClock(2_000);
    const loop = async (): Promise<void> => {
      for await (const _ of followByClock(fast, setup.zitadel, {})) {
        if (!denied) since = fast.monotonic();
        denied = true;
      }
    };
    await assert.rejects(loop(), isDenied);
    assert.ok(fast.monotonic() - since >= 60_000);
  });

  it("fails where an instant has more events than fit on a page, with the instant", async () => {
    await using setup = await Setup.start();
    const userId = await setup.addUser();
    const metadata = Array.from({ length: 1_000 }, (_, number) => ({ key: `${number}`, value }));
    await setup.zitadel.user.v2.setUserMetadata({ userId, metadata });
    await assert.rejects(setup.take(2_000), ({ code, message }: ZitadelError) => {
      return (
        code === Code.FailedPrecondition && /created at one instant, 20\d\d-.*with eventTypes/.test(message)
      );
    });
    assert.equal((await setup.take(1, { eventTypes: ["user.machine.added"] })).length, 1);
  });

  it("creates a cursor only when it is read, and does not show it when an event is printed", async () => {
    await using setup = await Setup.start();
    for await (const event of followEvents(setup.zitadel)) {
      assert.ok(!Object.keys(event).includes("cursor"));
      assert.ok("cursor" in event);
      break;
    }
  });

  it("refuses invalid options by name", () => {
    const source = { admin: { v1: { listEvents: async () => ({ events: [] }) } } };
    const wrong: [FollowEventsOptions, RegExp][] = [
      [{ windowMs: 9_999 }, /^followEvents\(\): windowMs is out of range; expected 10000 or more/],
      [{ windowMs: Number.NaN }, /windowMs is out of range/],
      [{ pageSize: 1_001 }, /pageSize is out of range; expected from 1 to 1000/],
      [{ pageSize: 1.5 }, /pageSize is not an integer/],
      [{ minPollMs: 0 }, /minPollMs/],
      [{ maxPollMs: Number.POSITIVE_INFINITY }, /maxPollMs/],
      [{ minPollMs: 300, maxPollMs: 200 }, /maxPollMs is out of range; expected from 300 to 2147483647/],
      [{ after: new Date(Number.NaN) }, /after is an invalid Date/],
      [{ signal: "stop" as never }, /signal is a string; expected an AbortSignal/],
      [{ stopAtEnd: 1 as never }, /stopAtEnd is a number; expected true or false/],
      [{ eventTypes: [""] }, /an entry of eventTypes is an empty string/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => followEvents(source, options), { name: "TypeError", message });
    }
  });
});

describe("the pace of followEvents()", () => {
  let fake: FakeClock;
  let asked: number[];
  let stop: AbortController;
  let events: { sequence: bigint }[];
  let finished: Promise<number>;
  let wake: () => void;

  before(() => {
    fake = new FakeClock();
    asked = [];
    events = [];
    stop = new AbortController();
    const listEvents = async (request?: { asc?: boolean }) => {
      if (request?.asc) asked.push(fake.monotonic());
      return { events: request?.asc ? events.map(makeEvent) : [] };
    };
    const stream = followByClock(fake, { admin: { v1: { listEvents } } } as never, { signal: stop.signal });
    wake = stream.wake;
    finished = (async () => {
      let count = 0;
      for await (const _ of stream) count += 1;
      return count;
    })();
  });
  after(() => stop.abort());

  it("slows down while nothing happens, from 0.2 to 5 seconds", async () => {
    await fake.advance(30_000);
    const gaps = asked.slice(1).map((time, index) => time - (asked[index] ?? 0));
    assert.deepEqual(gaps, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
  });

  it("polls immediately when it is woken, and often from then on", async () => {
    await fake.advance(1);
    asked.length = 0;
    wake();
    await fake.advance(700);
    assert.equal(asked.length, 3);
    assert.equal(asked[0], fake.monotonic() - 700);
  });

  it("polls again immediately, and then often, after an event whose predecessor it does not know", async () => {
    await fake.advance(20_000);
    events.push({ sequence: 7n });
    asked.length = 0;
    wake();
    await fake.advance(0);
    assert.equal(asked.length, 2);
  });

  it("ends without an error when its signal aborts, even during a pause", async () => {
    await fake.advance(20_000);
    stop.abort();
    assert.equal(await finished, 1);
    assert.equal(fake.pendingTimers, 0);
  });
});

function makeEvent({ sequence }: { sequence: bigint }): object {
  const aggregate = { id: "1", type: { type: "user" }, resourceOwner: "2" };
  return { aggregate, sequence, creationDate: { seconds: 1_800_000_000n, nanos: 0 } };
}
