import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type PostgresServer, startPostgres, withoutPostgres } from "./support/postgres-server.ts";

const example = join(root, "examples/fleet-import");
const USERS = 500;

describe("the import by a fleet of workers", () => {
  it("compiles", async () => {
    const tsc = join(root, "node_modules/.bin/tsc");
    await promisify(execFile)(tsc, ["-p", example, "--singleThreaded"]).catch((error) =>
      assert.fail(error.stdout),
    );
  });

  describe("over PostgreSQL", { skip: withoutPostgres }, () => {
    let postgres: PostgresServer;
    let emulator: Emulator;
    let directory: string;
    const running = new Set<ChildProcess>();
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), "fleet-import-"));
      [postgres, emulator] = await Promise.all([startPostgres(), startEmulator()]);
    });
    after(async () => {
      for (const child of running) child.kill("SIGKILL");
      await emulator.close();
      await postgres[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    });

    function start(program: string, ...args: string[]): ChildProcess {
      const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
      const env = {
        ...inherited,
        DATABASE_URL: postgres.connectionString,
        ZITADEL_API_URL: emulator.url,
        ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
      };
      const child = spawn(process.execPath, [join(example, "src", program), ...args], {
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      running.add(child);
      child.once("exit", () => running.delete(child));
      return child;
    }

    async function run(program: string, ...args: string[]): Promise<string> {
      const child = start(program, ...args);
      const output = child.stdout?.toArray() ?? [];
      const [code] = await once(child, "exit");
      assert.equal(code, 0, program);
      return Buffer.concat(await output).toString();
    }

    const created = () => emulator.requests.filter(({ path }) => path.endsWith("/CreateUser")).length;

    async function untilCreated(count: number): Promise<void> {
      while (created() < count) await new Promise((resolve) => setTimeout(resolve, 5));
    }

    it("imports each user once, whenever its workers are killed and whatever is enqueued twice", async () => {
      const { organizationId } = emulator.serviceUser;
      const users = Array.from({ length: USERS }, (_, index) => ({
        id: `old-${index}`,
        organizationId,
        username: `user-${index}`,
        givenName: "Ada",
        familyName: `Number ${index}`,
        email: `user-${index}@example.test`,
      }));
      const taken = { ...users[0], id: "another", email: "another@example.test" };
      const lost = { ...users[1], id: "lost", username: "lost", email: "not an address" };
      const file = join(directory, "users.ndjson");
      writeFileSync(file, [...users, taken, lost].map((user) => `${JSON.stringify(user)}\n`).join(""));
      assert.match(await run("enqueue.ts", file), /502 users are in the queue/);
      await run("enqueue.ts", file);

      const first = [start("worker.ts"), start("worker.ts")];
      await untilCreated(75);
      first[0]?.kill("SIGKILL");
      await untilCreated(225);
      first[1]?.kill("SIGKILL");
      await run("worker.ts", "--once");

      await using zitadel = createZitadel({
        url: emulator.url,
        auth: personalAccessToken({ token: emulator.serviceUser.token }),
      });
      const ids: string[] = [];
      for await (const { userId } of zitadel.user.v2.listUsers()) ids.push(userId);
      assert.deepEqual(
        ids.filter((id) => !/^\d+$/.test(id)).toSorted(),
        users.map(({ id }) => id).toSorted(),
      );
      assert.ok(created() > USERS + 2, "no job was running when the workers were killed");
      assert.match(await run("progress.ts", "--once"), /^502 of 502 users, 2 of them failed, 0 workers/);
      const failed = (await run("failed.ts"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual(failed.map(({ user, error }) => [user.id, error.hint !== ""]).toSorted(), [
        ["another", true],
        ["lost", true],
      ]);
    });

    it("imports a dead letter once the problem is fixed", async () => {
      await using zitadel = createZitadel({
        url: emulator.url,
        auth: personalAccessToken({ token: emulator.serviceUser.token }),
      });
      await zitadel.user.v2.updateHumanUser({ userId: "old-0", username: "renamed" });
      assert.match(await run("failed.ts", "--retry"), /2 users are in the queue again/);
      await run("worker.ts", "--once");
      const { user } = await zitadel.user.v2.getUserByID({ userId: "another" });
      assert.equal(user?.username, "user-0");
      assert.match(await run("failed.ts"), /^\{"user":\{"id":"lost"[^\n]+\n$/);
    });
  });
});
