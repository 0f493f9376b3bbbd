import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import {
  AuthError,
  createZitadel,
  personalAccessToken,
  privateKeyJwt,
  rotateKey,
  type Zitadel,
} from "../../src/index.ts";
import {
  type Checkpoint,
  type KeyManager,
  type RotateKeyOptions,
  rotateInSteps,
} from "../../src/service-users/rotate-key.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

/** Every place at which a rotation can be interrupted, in order. */
const PLACES = [
  "begun",
  "key added",
  "signed in",
  "registered",
  "file replaced",
  "replaced",
  "grace time over",
  "old key removed",
  "done",
];

/** A clock on which every wait is over at once, and has taken its time. */
function jumpingClock(): Clock {
  let passed = 0;
  return {
    ...systemClock,
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    setTimer: (callback, ms, keepAlive) => {
      // The deadline of a token request is no wait.
      if (ms === 10_000) return systemClock.setTimer(callback, ms, keepAlive);
      passed += ms;
      return systemClock.setTimer(callback, 0, keepAlive);
    },
  };
}

interface Fixture {
  readonly zitadel: Zitadel;
  readonly keyFile: string;
  readonly userId: string;
  readonly oldKeyId: string;
  /** The keys that the server has. */
  keyIds(): Promise<string[]>;
  /** The key that the file has, once a new client has signed in with it. */
  workingKeyId(): Promise<string>;
  /** The names of the files beside the key file, and its own. */
  files(): string[];
}

describe("rotateKey()", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  let count = 0;
  before(async () => {
    emulator = await startEmulator();
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    admin = createZitadel({ url: emulator.url, auth });
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  it("replaces the file's key, with mode 0600, and removes the old one after the grace time", async (t) => {
    const { zitadel, keyFile, oldKeyId, keyIds, workingKeyId, files } = await prepare(t);
    const seen: string[][] = [];
    const rotated = await rotateInSteps(zitadel, { keyFile }, jumpingClock(), async (place) => {
      if (place === "replaced") seen.push(await keyIds());
    });
    assert.equal(rotated.previousKeyId, oldKeyId);
    assert.equal(rotated.resumed, false);
    assert.deepEqual(seen, [[oldKeyId, rotated.keyId].sort()]);
    assert.deepEqual(await keyIds(), [rotated.keyId]);
    assert.equal(await workingKeyId(), rotated.keyId);
    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
    assert.deepEqual(files(), ["service-user.json"]);
    const days = (rotated.expirationDate.getTime() - Date.now()) / 86_400_000;
    assert.ok(Math.abs(days - 365) < 1, `${days}`);
  });

  it("waits for the grace time, by the clock that wrote down when the file was replaced", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const clock = jumpingClock();
    const begin = clock.monotonic();
    await rotateInSteps(zitadel, { keyFile, graceMs: 3_600_000 }, clock, never);
    assert.ok(clock.monotonic() - begin >= 3_590_000);
  });

  it("needs no role, sends no private key, and has running clients go on with the new one", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    emulator.requests.length = 0;
    await rotateKey(zitadel, { keyFile, graceMs: 0 });
    const { key } = JSON.parse(readFileSync(keyFile, "utf8")) as { key: string };
    const secret = key.split("\n")[1] ?? "";
    assert.ok(secret.length > 50 && emulator.requests.length > 0);
    for (const { body } of emulator.requests) {
      assert.ok(!Buffer.from(body).toString("latin1").includes(secret));
    }
    emulator.revokeTokens();
    await zitadel.auth.v1.getMyUser();
  });

  for (const place of PLACES) {
    it(`when it is killed at "${place}" leaves a file that works, and another run finishes it`, async (t) => {
      const { zitadel, keyFile, oldKeyId, keyIds, workingKeyId, files } = await prepare(t);
      await killAt(place, zitadel, keyFile);
      await workingKeyId();
      const rotated = await rotateInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
      assert.equal(rotated.resumed, place !== "done");
      if (place !== "done") assert.equal(rotated.previousKeyId, oldKeyId);
      assert.deepEqual(await keyIds(), [rotated.keyId]);
      assert.equal(await workingKeyId(), rotated.keyId);
      assert.deepEqual(files(), ["service-user.json"]);
    });
  }

  it("removes what a run has added twice that did not see the key of one that was killed", async (t) => {
    const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t);
    await killAt("key added", zitadel, keyFile);
    const undo = emulator.handle(UserService, { listKeys: () => ({ result: [] }) });
    await killAt("key added", zitadel, keyFile);
    undo();
    assert.equal((await keyIds()).length, 3);
    const { keyId } = await rotateInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    assert.deepEqual(await keyIds(), [keyId]);
    assert.equal(await workingKeyId(), keyId);
  });

  it("survives SIGKILL in the middle of it", async (t) => {
    const { keyFile, zitadel, keyIds, workingKeyId } = await prepare(t);
    const program = new URL("./support/rotate.ts", import.meta.url);
    const child = spawn(process.execPath, [program.pathname], {
      env: { ...process.env, ZITADEL_API_URL: emulator.url, ZITADEL_KEY_FILE: keyFile },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    assert.ok(existsSync(`${keyFile}.rotation`));
    assert.equal(statSync(`${keyFile}.rotation`).mode & 0o777, 0o600);
    await workingKeyId();
    const { keyId, resumed } = await rotateInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    assert.deepEqual([resumed, await workingKeyId(), await keyIds()], [true, keyId, [keyId]]);
  });

  it("waits while the server does not know the new key yet", async (t) => {
    const { zitadel, keyFile, workingKeyId } = await prepare(t);
    const undo = refuseAssertions(7);
    const { keyId } = await rotateInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    undo();
    assert.equal(await workingKeyId(), keyId);
  });

  it("takes the new key back where it never signs in, and changes nothing", async (t) => {
    const { zitadel, keyFile, oldKeyId, keyIds, files } = await prepare(t);
    const content = readFileSync(keyFile, "utf8");
    const undo = refuseAssertions(Number.POSITIVE_INFINITY);
    await assert.rejects(rotateInSteps(zitadel, { keyFile }, jumpingClock(), never), (error) => {
      return error instanceof AuthError && error.code === "invalid_grant";
    });
    undo();
    assert.equal(readFileSync(keyFile, "utf8"), content);
    assert.deepEqual(await keyIds(), [oldKeyId]);
    assert.deepEqual(files(), ["service-user.json"]);
  });

  it("removes nothing where somebody has put another key into the file meanwhile", async (t) => {
    const { zitadel, keyFile, userId, keyIds, workingKeyId } = await prepare(t);
    const others: string[] = [];
    const rotation = rotateInSteps(zitadel, { keyFile }, jumpingClock(), async (place) => {
      if (place !== "grace time over") return;
      const expirationDate = { seconds: 4_000_000_000n };
      const { keyId, keyContent } = await admin.user.v2.addKey({ userId, expirationDate });
      others.push(keyId);
      writeFileSync(keyFile, keyContent);
    });
    await assert.rejects(rotation, /another key was put into .*service-user\.json/);
    assert.equal((await keyIds()).length, 3);
    assert.equal(await workingKeyId(), others[0]);
    // The next run takes back what the last one added, and rotates the key that is in the file now.
    const { previousKeyId, resumed } = await rotateInSteps(zitadel, { keyFile }, jumpingClock(), never);
    assert.deepEqual([previousKeyId, resumed], [others[0], false]);
  });

  it("leaves the old key where it is told to", async (t) => {
    const { zitadel, keyFile, oldKeyId, keyIds } = await prepare(t);
    const { keyId } = await rotateKey(zitadel, { keyFile, keepOld: true });
    assert.deepEqual(await keyIds(), [oldKeyId, keyId].sort());
  });

  it("ends with its signal, and goes on in the next run", async (t) => {
    const { zitadel, keyFile, workingKeyId } = await prepare(t);
    const controller = new AbortController();
    const options = { keyFile, signal: controller.signal };
    const rotation = rotateInSteps(zitadel, options, systemClock, async (place) => {
      if (place === "replaced") queueMicrotask(() => controller.abort(new Error("stop")));
    });
    await assert.rejects(rotation, /^Error: stop$/);
    await workingKeyId();
    assert.equal((await rotateKey(zitadel, { keyFile, graceMs: 0 })).resumed, true);
  });

  it("replaces the file that a link leads to, and not the link", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const link = join(keyFile, "..", "link.json");
    symlinkSync("service-user.json", link);
    const { keyId } = await rotateKey(zitadel, { keyFile: link, graceMs: 0 });
    assert.equal((JSON.parse(readFileSync(keyFile, "utf8")) as { keyId: string }).keyId, keyId);
    assert.equal(readFileSync(link, "utf8"), readFileSync(keyFile, "utf8"));
  });

  it("leaves a key file alone that another process is rotating", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const owner = { pid: process.ppid, host: hostname() };
    writeFileSync(`${keyFile}.rotation`, JSON.stringify({ owner }));
    const rotation = rotateKey(zitadel, { keyFile });
    await assert.rejects(rotation, new RegExp(`the process ${process.ppid} is rotating`));
  });

  it("names an option that cannot be used", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const wrong: [options: object, expected: RegExp][] = [
      [{ keyFile: "nowhere.json" }, /^TypeError: rotateKey\(\): keyFile is a path that leads to no file/],
      [{ keyFile, graceMs: -1 }, /rotateKey\(\): graceMs is -1/],
      [{ keyFile, expirationDate: new Date(0) }, /rotateKey\(\): expirationDate is in the past/],
      [{ keyFile, grace: 1 }, /rotateKey\(\): .*grace/],
    ];
    for (const [options, expected] of wrong) {
      // As JavaScript would.
      await assert.rejects(rotateKey(zitadel, options as RotateKeyOptions), expected);
    }
    const foreign = { user: zitadel.user } as KeyManager;
    await assert.rejects(rotateKey(foreign, { keyFile }), /its first argument .*createZitadel\(\)/);
  });

  async function prepare(t: TestContext): Promise<Fixture> {
    const directory = mkdtempSync(join(tmpdir(), "rotate-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const user = await emulator.createServiceUser({ username: `robot ${++count}` });
    const keyFile = join(directory, "service-user.json");
    writeFileSync(keyFile, user.keyFile);
    const zitadel = createZitadel({ url: emulator.url, auth: privateKeyJwt({ keyFile }) });
    t.after(() => zitadel.close());
    await zitadel.auth.v1.getMyUser();
    const { userId } = user;
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id: userId } } }];
    return {
      zitadel,
      keyFile,
      userId,
      oldKeyId: (JSON.parse(user.keyFile) as { keyId: string }).keyId,
      keyIds: async () => (await admin.user.v2.listKeys({ filters })).result.map(({ id }) => id).sort(),
      workingKeyId: async () => {
        await using fresh = createZitadel({ url: emulator.url, auth: privateKeyJwt({ keyFile }) });
        await fresh.auth.v1.getMyUser();
        return (JSON.parse(readFileSync(keyFile, "utf8")) as { keyId: string }).keyId;
      },
      files: () => readdirSync(directory),
    };
  }

  /** Refuses the next assertions, as while the server does not know a key yet. */
  function refuseAssertions(times: number): () => void {
    let left = times;
    return emulator.intercept((request, next) => {
      const isGrant = Buffer.from(request.body).toString().includes("jwt-bearer");
      if (request.path !== "/oauth/v2/token" || !isGrant || left-- <= 0) return next();
      const body = JSON.stringify({ error: "invalid_grant", error_description: "invalid assertion" });
      return { status: 400, headers: new Headers({ "content-type": "application/json" }), body };
    });
  }
});

const never: Checkpoint = () => Promise.resolve();

/** Runs a rotation up to a place, and nothing behind it: to the rest of the world, the process was killed there. */
async function killAt(place: string, zitadel: Zitadel, keyFile: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const checkpoint: Checkpoint = async (at) => {
      if (at !== place) return;
      resolve();
      await new Promise(() => {});
    };
    rotateInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), checkpoint).catch(reject);
  });
}
