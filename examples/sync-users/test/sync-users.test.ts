import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createZitadel, personalAccessToken, until, type Zitadel } from "zitadel-connect";
import { type Emulator, startEmulator } from "zitadel-connect/testing";
import { openDatabase, type Queryable } from "../src/database.ts";
import { mirror } from "../src/mirror.ts";
import { createTables } from "../src/tables.ts";
import { Company, readEvents, readInstance } from "./support/company.ts";
import { Databases, type ServerDatabase } from "./support/databases.ts";
import { readChanges, readMirror } from "./support/mirrored.ts";
import { OTHERS, Program } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";

const random = seededRandom();
/** How often each program is killed at random. */
const KILLS = Number(process.env["KILLS"] ?? 4);
/** More than the program sends from its beginning up to the end of its first transaction of events. */
const STATEMENTS = 14;
const SMALL_PAGES = { MIRROR_PAGE_SIZE: "12" };
/** The options with which `--once` runs it. */
const ONCE = {
  once: true,
  signal: new AbortController().signal,
  pageSize: 500,
  checkMs: 60_000,
  onProgress: () => {},
  log: () => {},
};
/** How late some transactions commit, in milliseconds. */
const LATEST_MS = Number(process.env["LATEST_MS"] ?? 5_000);

describe("sync-users", () => {
  const databases = new Databases();
  let emulator: Emulator;
  let zitadel: Zitadel;
  let company: Company;
  before(async () => {
    const commitDelayMs = () => (random() < 0.2 ? random() * LATEST_MS : 0);
    emulator = await startEmulator({ commitDelayMs });
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken(emulator.serviceUser),
      headers: { [OTHERS]: "1" },
    });
    company = new Company(zitadel, random);
    await company.grow(4, 120);
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
    await databases.remove();
  });

  /** Fails unless the mirror equals the instance, and has applied each event once, those of an object in order. */
  async function assertInStep(mirrored: Queryable): Promise<void> {
    assert.deepEqual(await readMirror(mirrored), await readInstance(zitadel));
    const { objects } = company;
    assert.deepEqual(await readChanges(mirrored, objects), await readEvents(zitadel, objects));
  }

  describe("with PostgreSQL within the process", () => {
    it("loses nothing when it is killed at any point, and lets no other process use the database", async () => {
      // Not in a hook, which takes seconds even where this test is left out.
      await databases.prepare();
      const database = databases.embedded();
      const program = new Program(emulator, { ...database.env, ...SMALL_PAGES });
      for (let kill = 0; kill < KILLS; kill++) {
        const moment = Math.floor(random() * 30);
        const killed = program.runAndKill((act) => program.afterRequests(moment, random() * 100, act));
        await Promise.all([killed, company.work(20)]);
      }
      const refused = new Promise<void>((resolve) => {
        const open = () => openDatabase(undefined, database.directory);
        program.afterRequests(1, 0, () => resolve(assert.rejects(open, /process \d+ uses this database/)));
      });
      await program.catchUp();
      await refused;
      await database.use(assertInStep);
    });
  });

  describe("with a PostgreSQL server", () => {
    let database: ServerDatabase;
    let program: Program;
    beforeEach(async () => {
      database = await databases.onServer();
      program = new Program(emulator, { ...database.env, ...SMALL_PAGES });
    });
    afterEach(async () => {
      await database[Symbol.asyncDispose]();
    });

    /**
     * Kills the program, while the company works, at one of the statements that it sends: before the server has got
     * it, or just after.
     */
    async function killAtStatement(count: number): Promise<void> {
      let isKilled = false;
      const killed = program.runAndKill((kill) =>
        database.statements.at(count, () => {
          kill();
          isKilled = true;
          return random() < 0.5;
        }),
      );
      while (!isKilled) {
        await company.work(5);
        await pause(100);
      }
      await killed;
    }

    it("copies what is there, then follows, and ends when it is told to", async () => {
      const output = await program.runWhile(async () => {
        await company.work(50);
        await until(() =>
          database.use(assertInStep).then(
            () => true,
            () => false,
          ),
        );
      });
      assert.match(
        output,
        /^copying\ncopied (\d+) of \1, \d+ a second, 0 s left\nfollowing\nevents applied: \d+\n/,
      );
    });

    it("ends, with --once, only when what there was is applied, however long Zitadel takes", async (t) => {
      const mirrorOnce = async (): Promise<void> => {
        const connected = await openDatabase(database.url, "");
        try {
          await mirror({ ...ONCE, zitadel, database: connected });
        } finally {
          await connected.close();
        }
      };
      await mirrorOnce();
      await company.work(20);
      const asked = Promise.withResolvers<void>();
      const response = Promise.withResolvers<void>();
      // Runs in this process, where time can be made to pass.
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const stop = emulator.intercept(async (request, next) => {
        if (request.path.endsWith("/ListEvents")) {
          asked.resolve();
          await response.promise;
        }
        return await next();
      });
      const ended = mirrorOnce();
      await asked.promise;
      t.mock.timers.tick(5_000);
      t.mock.timers.reset();
      response.resolve();
      await ended;
      stop();
      await database.use(assertInStep);
    });

    it("loses and repeats nothing, whichever statement it is killed at", async () => {
      const tables = await openDatabase(database.url, "");
      await createTables(tables);
      await tables.close();
      await database.use(recordAttempts);
      for (let kill = 0; kill < KILLS; kill++) await killAtStatement(Math.floor(random() * 40));
      await program.catchUp();
      for (let at = 0; at < STATEMENTS; at++) await killAtStatement(at);
      await program.catchUp();
      await database.use(async (mirrored) => {
        await assertInStep(mirrored);
        assert.deepEqual(await mirrored.query(REPEATED), []);
      });
    });

    it("is killed, and goes on where it was: in its copy, then in the events, and repairs itself when it was emptied", async () => {
      await killAtStatement(30);
      await company.work(20);
      assert.match(await program.catchUp(), /^copying, after \d+ that are already there\n/);
      await database.use(assertInStep);

      await company.work(50);
      assert.match(await program.catchUp(), /^following\nevents applied: \d+\n(events applied: \d+\n)*$/);
      await database.use(assertInStep);

      await database.use((mirrored) => mirrored.query("DELETE FROM mirror.users"));
      await company.work(20);
      assert.match(await program.catchUp(), /differ from Zitadel's\ncopying\n/);
      await database.use(assertInStep);

      await database.use((mirrored) => mirrored.query("DELETE FROM mirror.progress"));
      await company.work(20);
      assert.match(await program.catchUp(), /^copying\n/);
      await database.use(assertInStep);
    });

    it("repairs itself when it is emptied while it runs", async () => {
      program = new Program(emulator, { ...database.env, MIRROR_CHECK_SECONDS: "0.2" });
      await program.runWhile(async () => {
        await database.use((mirrored) => mirrored.query("DELETE FROM mirror.organizations"));
        await until(() =>
          database.use(assertInStep).then(
            () => true,
            () => false,
          ),
        );
      });
    });
  });
});

/** Finds the events that were applied more than once, even without effect. */
const REPEATED =
  "SELECT object_id, sequence FROM mirror.attempts GROUP BY object_id, sequence HAVING count(*) > 1";

/** Records each event that is applied, including those that the table of changes leaves out. */
async function recordAttempts(database: Queryable): Promise<void> {
  await database.query("CREATE TABLE mirror.attempts (object_id text, sequence bigint)");
  await database.query(
    `CREATE FUNCTION mirror.record() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN INSERT INTO mirror.attempts VALUES (NEW.object_id, NEW.sequence); RETURN NEW; END $$`,
  );
  await database.query(
    "CREATE TRIGGER record BEFORE INSERT ON mirror.changes FOR EACH ROW EXECUTE FUNCTION mirror.record()",
  );
}
