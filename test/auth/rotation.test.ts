import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { personalAccessToken } from "../../src/auth/personal-access-token.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { FakeClock, fastClock, pass, settle } from "./support/clocks.ts";
import { readJwt } from "./support/jwt.ts";
import { rsaPair, serviceAccountKey, temporaryDirectory } from "./support/keys.ts";
import { granted, refused, TokenServer } from "./support/token-server.ts";

/** A directory of files as an orchestrator mounts it: a link to a directory that is replaced at an update. */
class Mount {
  readonly #directory: string;
  #generation = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get path(): string {
    return join(this.#directory, "secret");
  }

  publish(content: string): void {
    const generation = join(this.#directory, `..${++this.#generation}`);
    mkdirSync(generation);
    writeFileSync(join(generation, "secret"), content);
    symlinkSync(generation, join(this.#directory, "..new"));
    renameSync(join(this.#directory, "..new"), join(this.#directory, "..data"));
    if (this.#generation === 1) symlinkSync(join("..data", "secret"), this.path);
    else rmSync(join(this.#directory, `..${this.#generation - 1}`), { recursive: true });
  }
}

/** A server that knows one key at a time, and revokes the tokens of the previous one. */
function onlyKey(server: TokenServer): {
  use(keyId: string, number: number): void;
  valid(token: string): boolean;
} {
  let known = { keyId: "key-1", number: 0 };
  server.onToken = ({ form, count }) => {
    try {
      const { header } = readJwt(form.get("assertion") ?? "", rsaPair(known.number).publicKey);
      if (header["kid"] === known.keyId) return granted(`${known.keyId}/${count}`);
    } catch {
      // Signed by another key.
    }
    return refused("invalid_grant", "invalid assertion");
  };
  return {
    use: (keyId, number) => {
      known = { keyId, number };
    },
    valid: (token) => token.startsWith(`${known.keyId}/`),
  };
}

describe("rotation", () => {
  it("reads a changed key file again, so that rotation under load fails no call", async (test) => {
    const server = await TokenServer.start(test);
    const known = onlyKey(server);
    const mount = new Mount(temporaryDirectory(test));
    mount.publish(JSON.stringify(serviceAccountKey("key-1", 0)));
    const source = privateKeyJwt({ keyFile: mount.path })(server.context());
    let calls = 0;
    const rotate = (): void => {
      mount.publish(JSON.stringify(serviceAccountKey("key-2", 1)));
      known.use("key-2", 1);
    };
    const load = async (): Promise<void> => {
      for (let call = 0; call < 40; call += 1) {
        let { token } = await source.getToken();
        if (!known.valid(token)) ({ token } = await source.getToken({ rejected: token }));
        assert.ok(known.valid(token), "a call would have failed");
        calls += 1;
        if (calls === 400) rotate();
        await settle();
      }
    };
    await Promise.all(Array.from({ length: 20 }, load));
    assert.equal(calls, 800);
    assert.equal(server.requests.length, 2);
  });

  it("uses the old key until the new one can be parsed", async (test) => {
    const server = await TokenServer.start(test);
    const keyFile = join(temporaryDirectory(test), "key.json");
    writeFileSync(keyFile, JSON.stringify(serviceAccountKey()));
    const clock = fastClock();
    const context = server.context({ clock });
    const source = privateKeyJwt({ keyFile })(context);
    await source.getToken();
    for (const [broken, token] of [
      ["{", "token-1"],
      [JSON.stringify({ ...serviceAccountKey(), key: "canary" }), "token-2"],
    ] as const) {
      writeFileSync(keyFile, broken);
      await source.getToken({ rejected: token });
      await pass(clock, 4_000);
    }
    rmSync(keyFile);
    assert.equal((await source.getToken({ rejected: "token-3" })).token, "token-4");
    const failed = context.events.flatMap((event) =>
      event.type === "credential-reload-failed" ? [event.reason] : [],
    );
    assert.equal(failed.length, 3);
    assert.ok(!failed.join().includes("canary"));
    assert.match(failed[2] ?? "", /ENOENT/);
  });

  it("tries a refused key again as soon as the file changes", async (test) => {
    const server = await TokenServer.start(test);
    onlyKey(server).use("key-2", 1);
    const mount = new Mount(temporaryDirectory(test));
    mount.publish(JSON.stringify(serviceAccountKey("key-1", 0)));
    const clock = fastClock();
    const source = privateKeyJwt({ keyFile: mount.path })(server.context({ clock }));
    await assert.rejects(source.getToken(), { code: "invalid_grant" });
    const before = server.requests.length;
    for (let call = 0; call < 5; call += 1)
      await assert.rejects(source.getToken(), { code: "invalid_grant" });
    assert.equal(server.requests.length, before);
    mount.publish(JSON.stringify(serviceAccountKey("key-2", 1)));
    await pass(clock, 1_000);
    const tokens = await Promise.all([source.getToken(), source.getToken()]);
    for (const { token } of tokens) assert.match(token, /^key-2/);
    assert.equal(server.requests.length, before + 1);
  });

  it("uses a function's new key for the next token, and its last valid one while it fails", async (test) => {
    const server = await TokenServer.start(test);
    const results: (() => string)[] = [
      () => JSON.stringify(serviceAccountKey("key-1")),
      () => JSON.stringify(serviceAccountKey("key-2")),
      () => {
        throw new Error("sealed");
      },
      () => "not a key",
    ];
    let call = 0;
    const key = (): string => (results[call++] ?? results[0])?.() ?? "";
    const kids: unknown[] = [];
    const clock = fastClock();
    const source = privateKeyJwt({ key })(server.context({ clock }));
    for (let count = 1; count <= 4; count += 1) {
      await source.getToken({ rejected: `token-${count - 1}` });
      kids.push(readJwt(server.last.form.get("assertion") ?? "", rsaPair().publicKey).header["kid"]);
      await pass(clock, 4_000);
    }
    assert.deepEqual(kids, ["key-1", "key-2", "key-2", "key-2"]);
  });

  it("checks a token file at most once a second, and reads it again when it changed", async (test) => {
    const server = await TokenServer.start(test);
    const mount = new Mount(temporaryDirectory(test));
    mount.publish("pat-1\n");
    const clock = new FakeClock();
    const context = server.context({ clock });
    const source = personalAccessToken({ tokenFile: mount.path })(context);
    const current = async (): Promise<string> => {
      const before = (await source.getToken()).token;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return before;
    };
    assert.equal(await current(), "pat-1");
    mount.publish("pat-2\n");
    assert.equal(await current(), "pat-1");
    assert.equal(await current(), "pat-1", "less than a second has passed");
    await clock.advance(1_000);
    assert.equal(await current(), "pat-1", "reading does not delay a call");
    while ((await current()) !== "pat-2");
    assert.ok(context.events.some(({ type }) => type === "credential-reloaded"));
  });

  it("reads a token file again immediately when its token is rejected", async (test) => {
    const server = await TokenServer.start(test);
    const tokenFile = join(temporaryDirectory(test), "pat");
    writeFileSync(tokenFile, "pat-1");
    const source = personalAccessToken({ tokenFile })(server.context({ clock: fastClock() }));
    assert.equal((await source.getToken()).token, "pat-1");
    writeFileSync(tokenFile, "pat-2");
    assert.equal((await source.getToken({ rejected: "pat-1" })).token, "pat-2");
    writeFileSync(tokenFile, "half\nwritten");
    assert.equal((await source.getToken({ rejected: "pat-2" })).token, "pat-2");
  });

  it("uses a new key as soon as the server knows it", async (test) => {
    const server = await TokenServer.start(test);
    const clock = fastClock(10);
    const known = onlyKey(server);
    const mount = new Mount(temporaryDirectory(test));
    mount.publish(JSON.stringify(serviceAccountKey("key-1", 0)));
    const source = privateKeyJwt({ keyFile: mount.path })(server.context({ clock }));
    const { token: rejected } = await source.getToken();
    mount.publish(JSON.stringify(serviceAccountKey("key-2", 1)));
    clock.setTimer(() => known.use("key-2", 1), 1_500);
    assert.match((await source.getToken({ rejected })).token, /^key-2/);
  });
});

describe("a half-written file", () => {
  const path = (test: TestContext): string => join(temporaryDirectory(test), "secret");

  it("is not used as a token before the writer has finished", async (test) => {
    const server = await TokenServer.start(test);
    const tokenFile = path(test);
    const clock = new FakeClock();
    writeFileSync(tokenFile, "old-token");
    const source = personalAccessToken({ tokenFile })(server.context({ clock }));
    assert.equal((await source.getToken()).token, "old-token");
    for (const part of ["new", "new-tok", "new-token-and-m"]) {
      writeFileSync(tokenFile, part);
      const call = source.getToken({ rejected: "old-token" });
      await waitForTimers(clock, 1);
      writeFileSync(tokenFile, `${part}o`);
      await clock.advance(100);
      assert.equal((await call).token, "old-token");
    }
    writeFileSync(tokenFile, "new-token-and-more");
    const call = source.getToken({ rejected: "old-token" });
    await waitForTimers(clock, 1);
    await clock.advance(100);
    assert.equal((await call).token, "new-token-and-more");
  });

  it("is not used as a secret before the writer has finished", async (test) => {
    const server = await TokenServer.start(test);
    const clientSecretFile = path(test);
    const clock = new FakeClock();
    writeFileSync(clientSecretFile, "old-secret");
    const source = clientCredentials({ clientId: "bot", clientSecretFile })(server.context({ clock }));
    const { token: rejected } = await source.getToken();
    writeFileSync(clientSecretFile, "new");
    const call = source.getToken({ rejected });
    await waitForTimers(clock, 2);
    writeFileSync(clientSecretFile, "new-secret");
    await clock.advance(100);
    await call;
    const [, encoded = ""] = server.last.headers.authorization?.split(" ") ?? [];
    assert.equal(Buffer.from(encoded, "base64").toString(), "bot:old-secret");
  });

  it("is used immediately if it was renamed to replace the old one", async (test) => {
    const server = await TokenServer.start(test);
    const tokenFile = path(test);
    const clock = new FakeClock();
    writeFileSync(tokenFile, "old-token");
    const source = personalAccessToken({ tokenFile })(server.context({ clock }));
    await source.getToken();
    writeFileSync(`${tokenFile}.new`, "new-token");
    renameSync(`${tokenFile}.new`, tokenFile);
    assert.equal((await source.getToken({ rejected: "old-token" })).token, "new-token");
  });
});

/** Waits until so many timers are set: files are read by system threads, which no fake clock moves. */
async function waitForTimers(clock: FakeClock, count: number): Promise<void> {
  while (clock.pendingTimers < count) await settle();
}
