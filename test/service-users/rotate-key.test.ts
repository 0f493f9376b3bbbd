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
  type Zitadel,
} from "../../src/index.ts";
import {
  commandStore,
  type RotateKeyOptions,
  rotateKey,
  type ServiceUserManager,
} from "../../src/service-users/index.ts";
import { rotateKeyInSteps } from "../../src/service-users/rotate-key.ts";
import type { Checkpoint } from "../../src/service-users/rotation.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { jumpingClock, killAt, laterClock, never, refuseGrants, withoutV2 } from "./support/interruptions.ts";

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

/** Rotates the key of a file without a grace time, with a point to stop at. */
function rotate(zitadel: Zitadel, keyFile: string) {
  return (checkpoint: Checkpoint) =>
    rotateKeyInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), checkpoint);
}

interface Fixture {
  readonly zitadel: Zitadel;
  readonly keyFile: string;
  readonly userId: string;
  readonly oldKeyId: string;
  /** The keys on the server. */
  keyIds(): Promise<string[]>;
  /** The key in the file, once a new client has signed in with it. */
  workingKeyId(): Promise<string>;
  /** The names of the files in the folder of the key file. */
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
    const rotated = await rotateKeyInSteps(zitadel, { keyFile }, jumpingClock(), async (place) => {
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

  it("waits for the grace time, by the clock that recorded when the file was replaced", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const clock = jumpingClock();
    const begin = clock.monotonic();
    await rotateKeyInSteps(zitadel, { keyFile, graceMs: 3_600_000 }, clock, never);
    assert.ok(clock.monotonic() - begin >= 3_590_000);
  });

  it("needs no role, sends no private key, and lets running clients continue with the new one", async (t) => {
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
    it(`leaves a working file when it is killed at "${place}", and the next run finishes it`, async (t) => {
      const { zitadel, keyFile, oldKeyId, keyIds, workingKeyId, files } = await prepare(t);
      await killAt(place, rotate(zitadel, keyFile));
      await workingKeyId();
      const rotated = await rotateKeyInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
      assert.equal(rotated.resumed, place !== "done");
      if (place !== "done") assert.equal(rotated.previousKeyId, oldKeyId);
      assert.deepEqual(await keyIds(), [rotated.keyId]);
      assert.equal(await workingKeyId(), rotated.keyId);
      assert.deepEqual(files(), ["service-user.json"]);
    });
  }

  it("removes what a run has added twice because it did not see the key of one that was killed", async (t) => {
    const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t);
    await killAt("added", rotate(zitadel, keyFile));
    const undo = emulator.handle(UserService, { listKeys: () => ({ result: [] }) });
    await killAt("added", rotate(zitadel, keyFile));
    undo();
    assert.equal((await keyIds()).length, 3);
    const { keyId } = await rotateKeyInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    assert.deepEqual(await keyIds(), [keyId]);
    assert.equal(await workingKeyId(), keyId);
  });

  it("survives SIGKILL at any time", async (t) => {
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
    const { keyId, resumed } = await rotateKeyInSteps(
      zitadel,
      { keyFile, graceMs: 0 },
      jumpingClock(),
      never,
    );
    assert.deepEqual([resumed, await workingKeyId(), await keyIds()], [true, keyId, [keyId]]);
  });

  it("waits while the server does not know the new key yet", async (t) => {
    const { zitadel, keyFile, workingKeyId } = await prepare(t);
    const undo = refuseGrants(emulator, "jwt-bearer", 7);
    const { keyId } = await rotateKeyInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    undo();
    assert.equal(await workingKeyId(), keyId);
  });

  it("removes the new key again if it cannot sign in, and changes nothing", async (t) => {
    const { zitadel, keyFile, oldKeyId, keyIds, files } = await prepare(t);
    const content = readFileSync(keyFile, "utf8");
    const undo = refuseGrants(emulator, "jwt-bearer", Number.POSITIVE_INFINITY);
    await assert.rejects(rotateKeyInSteps(zitadel, { keyFile }, jumpingClock(), never), (error) => {
      return error instanceof AuthError && error.code === "invalid_grant";
    });
    undo();
    assert.equal(readFileSync(keyFile, "utf8"), content);
    assert.deepEqual(await keyIds(), [oldKeyId]);
    assert.deepEqual(files(), ["service-user.json"]);
  });

  it("removes nothing if somebody has put another key into the file meanwhile", async (t) => {
    const { zitadel, keyFile, userId, keyIds, workingKeyId } = await prepare(t);
    const others: string[] = [];
    const rotation = rotateKeyInSteps(zitadel, { keyFile }, jumpingClock(), async (place) => {
      if (place !== "grace time over") return;
      const expirationDate = { seconds: 4_000_000_000n };
      const { keyId, keyContent } = await admin.user.v2.addKey({ userId, expirationDate });
      others.push(keyId);
      writeFileSync(keyFile, keyContent);
    });
    await assert.rejects(rotation, /another credential was stored meanwhile/);
    assert.equal((await keyIds()).length, 3);
    assert.equal(await workingKeyId(), others[0]);
    // The next run removes what the last one added, and rotates the key that is in the file now.
    const { previousKeyId, resumed } = await rotateKeyInSteps(zitadel, { keyFile }, jumpingClock(), never);
    assert.deepEqual([previousKeyId, resumed], [others[0], false]);
  });

  it("keeps the old key if configured", async (t) => {
    const { zitadel, keyFile, oldKeyId, keyIds } = await prepare(t);
    const { keyId } = await rotateKey(zitadel, { keyFile, keepOld: true });
    assert.deepEqual(await keyIds(), [oldKeyId, keyId].sort());
  });

  it("ends when its signal aborts, and the next run continues", async (t) => {
    const { zitadel, keyFile, workingKeyId } = await prepare(t);
    const controller = new AbortController();
    const options = { keyFile, signal: controller.signal };
    const rotation = rotateKeyInSteps(zitadel, options, systemClock, async (place) => {
      if (place === "replaced") queueMicrotask(() => controller.abort(new Error("stop")));
    });
    await assert.rejects(rotation, /^Error: stop$/);
    await workingKeyId();
    assert.equal((await rotateKey(zitadel, { keyFile, graceMs: 0 })).resumed, true);
  });

  it("replaces the target of a symbolic link, not the link", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const link = join(keyFile, "..", "link.json");
    symlinkSync("service-user.json", link);
    const { keyId } = await rotateKey(zitadel, { keyFile: link, graceMs: 0 });
    assert.equal((JSON.parse(readFileSync(keyFile, "utf8")) as { keyId: string }).keyId, keyId);
    assert.equal(readFileSync(link, "utf8"), readFileSync(keyFile, "utf8"));
  });

  it("does not touch a key file that another process is rotating", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const owner = { pid: process.ppid, host: hostname() };
    writeFileSync(`${keyFile}.rotation`, JSON.stringify({ owner }));
    const rotation = rotateKey(zitadel, { keyFile });
    await assert.rejects(rotation, new RegExp(`the process ${process.ppid} is rotating`));
  });

  it("lets the server generate the pair if configured, even when interrupted before it is stored", async (t) => {
    const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t);
    const options = { keyFile, graceMs: 0, source: "server" } as const;
    await killAt("added", (checkpoint) => rotateKeyInSteps(zitadel, options, jumpingClock(), checkpoint));
    const { keyId } = await rotateKeyInSteps(zitadel, options, jumpingClock(), never);
    assert.deepEqual([await workingKeyId(), await keyIds()], [keyId, [keyId]]);
  });

  describe("with a store", () => {
    for (const place of PLACES) {
      it(`always has a working key, and the next run leaves one key, when killed at "${place}"`, async (t) => {
        const { zitadel, keyFile, keyIds, workingKeyId, files } = await prepare(t);
        const store = commandStore({ readWith: `cat '${keyFile}'`, writeWith: `cat > '${keyFile}'` });
        const rotateStored = (checkpoint: Checkpoint) =>
          rotateKeyInSteps(zitadel, { store, graceMs: 0 }, laterClock(0), checkpoint);
        await killAt(place, rotateStored);
        assert.deepEqual(files(), ["service-user.json"]);
        await workingKeyId();
        // A key that was added so long ago is no longer about to be stored.
        const next = rotateKeyInSteps(zitadel, { store, graceMs: 0 }, laterClock(25 * 3_600_000), never);
        const { keyId, resumed } = await next;
        assert.equal(resumed, ["written", "replaced", "grace time over"].includes(place));
        assert.deepEqual([await workingKeyId(), await keyIds()], [keyId, [keyId]]);
      });
    }

    it("does not touch what another run has just added", async (t) => {
      const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t);
      const store = commandStore({ readWith: `cat '${keyFile}'`, writeWith: `cat > '${keyFile}'` });
      await killAt("added", (checkpoint) =>
        rotateKeyInSteps(zitadel, { store, graceMs: 0 }, laterClock(0), checkpoint),
      );
      await rotateKeyInSteps(zitadel, { store, graceMs: 0 }, laterClock(0), never);
      assert.equal((await keyIds()).length, 2);
      await workingKeyId();
    });

    it("reports why a command failed, without the key", async (t) => {
      const { zitadel, keyFile, oldKeyId, workingKeyId } = await prepare(t);
      const writeWith = "cat >&2; echo sealed >&2; exit 3";
      const store = commandStore({ readWith: `cat '${keyFile}'`, writeWith });
      await assert.rejects(rotateKey(zitadel, { store, graceMs: 0 }), (error: Error) => {
        assert.match(error.message, /^The command given as writeWith failed with exit code 3: .*sealed/s);
        assert.doesNotMatch(error.message, /PRIVATE KEY|[\w+/]{40}/);
        return true;
      });
      assert.equal(await workingKeyId(), oldKeyId);
    });
  });

  it("finishes the same way if the journal is lost", async (t) => {
    const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t);
    await killAt("replaced", rotate(zitadel, keyFile));
    rmSync(`${keyFile}.rotation`);
    const { keyId, resumed } = await rotateKeyInSteps(
      zitadel,
      { keyFile, graceMs: 0 },
      jumpingClock(),
      never,
    );
    assert.deepEqual([resumed, await workingKeyId(), await keyIds()], [true, keyId, [keyId]]);
  });

  it("rotates on servers with v1 only, with the role that this requires", async (t) => {
    const { zitadel, keyFile, keyIds, workingKeyId } = await prepare(t, ["ORG_USER_MANAGER"]);
    const undo = withoutV2(emulator);
    const { keyId } = await rotateKeyInSteps(zitadel, { keyFile, graceMs: 0 }, jumpingClock(), never);
    undo();
    assert.deepEqual([await workingKeyId(), await keyIds()], [keyId, [keyId]]);
  });

  it("names an invalid option", async (t) => {
    const { zitadel, keyFile } = await prepare(t);
    const wrong: [options: object, expected: RegExp][] = [
      [{ keyFile: "nowhere.json" }, /^TypeError: rotateKey\(\): keyFile is a path at which there is no file/],
      [{ keyFile, graceMs: -1 }, /rotateKey\(\): graceMs is -1/],
      [{ keyFile, expirationDate: new Date(0) }, /rotateKey\(\): expirationDate is in the past/],
      [{ keyFile, grace: 1 }, /rotateKey\(\): .*grace/],
    ];
    for (const [options, expected] of wrong) {
      // As JavaScript can.
      await assert.rejects(rotateKey(zitadel, options as RotateKeyOptions), expected);
    }
    const foreign = { ...zitadel } as ServiceUserManager;
    await assert.rejects(rotateKey(foreign, { keyFile }), /its first argument .*createZitadel\(\)/);
  });

  async function prepare(t: TestContext, roles: readonly string[] = []): Promise<Fixture> {
    const directory = mkdtempSync(join(tmpdir(), "rotate-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const user = await emulator.createServiceUser({ username: `robot ${++count}`, roles });
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
});
