import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { root } from "../../scripts/pinned-api.ts";
import {
  type AuthMethod,
  createZitadel,
  personalAccessToken,
  privateKeyJwt,
  type Zitadel,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";
import { type Outcome, runCommand } from "./support.ts";

describe("zitadel-connect service-user", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  /** The output of all commands, and all secrets. */
  const printed: string[] = [];
  const secrets = new Set<string>();
  let count = 0;
  before(async () => {
    emulator = await startEmulator();
    admin = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    secrets.add(emulator.serviceUser.token);
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  const asAdmin = () => ({
    ZITADEL_API_URL: emulator.url,
    ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
  });

  function prepare(t: TestContext) {
    const directory = temporaryDirectory();
    t.after(() => directory[Symbol.dispose]());
    const path = (name: string): string => join(directory.path, name);
    const run = async (
      args: readonly string[],
      env: NodeJS.ProcessEnv = asAdmin(),
      input = "",
    ): Promise<Outcome> => {
      const own = {
        XDG_CACHE_HOME: path("cache"),
        XDG_CONFIG_HOME: path("config"),
        PATH: process.env["PATH"],
      };
      const given = { directory: directory.path, env: { ...own, ...env }, input };
      const outcome = await runCommand(["service-user", ...args], given);
      printed.push(outcome.out, outcome.err, ...outcome.statuses);
      return outcome;
    };
    return {
      path,
      run,
      name: `cli-robot-${++count}`,
      read: (name: string) => note(readFileSync(path(name), "utf8")),
    };
  }

  /** Records a secret, and the parts that would reveal it. */
  function note(content: string): string {
    for (const part of [content, ...content.split(/\\n|"/)])
      if (part.trim().length > 40) secrets.add(part.trim());
    return content;
  }

  async function whoIs(given: { readonly auth: AuthMethod }): Promise<string | undefined> {
    await using zitadel = createZitadel({ url: emulator.url, ...given });
    return (await zitadel.auth.v1.getMyUser()).user?.userName;
  }

  describe("create", () => {
    it("explains what it needs, writes the credential with mode 0600, and says how to use it", async (t) => {
      const { path, run, name, read } = prepare(t);
      const args = [
        "create",
        name,
        "--role",
        "ORG_USER_MANAGER",
        "--out",
        "su.json",
        "--expires",
        "2040-01-31",
      ];
      const { exitCode, out, err } = await run(args);
      assert.equal(exitCode, 0);
      assert.match(
        err,
        new RegExp(`^To create the service user "${name}":\\n  - create the service user "${name}" in`),
      );
      assert.match(
        err,
        /- give it ORG_USER_MANAGER in the organization \d+\n {6}requires org\.member\.write: ORG_OWNER in/,
      );
      assert.match(err, /- add a key, valid until 2040-01-31\n {6}requires user\.write: ORG_USER_MANAGER in/);
      assert.match(
        out,
        new RegExp(
          `^Created ${name} \\(\\d+\\), until 2040-01-31\\.\\nUse it: ZITADEL_KEY_FILE=su\\.json\\n$`,
        ),
      );
      assert.equal(statSync(path("su.json")).mode & 0o777, 0o600);
      assert.equal(await whoIs({ auth: privateKeyJwt({ key: read("su.json") }) }), name);
      const again = await run(args);
      assert.deepEqual([again.exitCode, again.err], [0, ""]);
      assert.match(again.out, /exists, and its credential works/);
    });

    it("passes the credential to a command, and prints JSON for programs", async (t) => {
      const { path, run, name, read } = prepare(t);
      const writeWith = `cat > '${path("stored")}'`;
      const args = ["create", name, "--method", "pat", "--write-with", writeWith, "--json"];
      const { exitCode, out } = await run(args);
      assert.equal(exitCode, 0);
      const created: Record<string, unknown> = JSON.parse(out);
      assert.deepEqual(
        [created["outcome"], created["method"], created["loginName"]],
        ["created", "pat", name],
      );
      assert.equal(await whoIs({ auth: personalAccessToken({ token: read("stored").trim() }) }), name);
    });

    it("only explains what it needs with --dry-run", async (t) => {
      const { path, run, name } = prepare(t);
      const { exitCode, out, err } = await run(["create", name, "--out", "su.json", "--dry-run"]);
      assert.deepEqual([exitCode, out, existsSync(path("su.json"))], [0, "", false]);
      assert.match(err, /requires user\.write[\s\S]*Nothing was done \(--dry-run\)\.\n$/);
      const queries = [{ query: { case: "userNameQuery" as const, value: { userName: name } } }];
      assert.deepEqual((await admin.user.v2.listUsers({ queries })).result, []);
    });

    it("exits with 5 and a hint if the caller may not do it, and with 7 if something else exists", async (t) => {
      const { run, name } = prepare(t);
      const { token } = await emulator.createServiceUser({ username: `${name}-caller` });
      const own = { ZITADEL_API_URL: emulator.url, ZITADEL_SERVICE_USER_TOKEN: note(token) };
      const refused = await run(["create", name, "--out", "su.json"], own);
      assert.equal(refused.exitCode, 5);
      assert.match(
        refused.err,
        /lacks permissions for this, and nothing was done: [\s\S]*\nHint: Run it as a user with/,
      );
      await emulator.createServiceUser({ username: name, roles: ["ORG_OWNER"] });
      const conflict = await run(["create", name, "--role", "ORG_USER_MANAGER", "--out", "su.json"]);
      assert.equal(conflict.exitCode, 7);
      assert.match(
        conflict.err,
        /has ORG_OWNER in the organization \d+, not ORG_USER_MANAGER\.\nHint: Change its/,
      );
    });

    const wrong: Record<string, [string[], RegExp]> = {
      "no place for the credential": [
        ["create", "x"],
        /Where should the credential go\? Give --out or --write-with/,
      ],
      "no name": [["create", "--out", "x"], /<username> is missing/],
      "a date that is none": [
        ["create", "x", "--out", "x", "--expires", "soon"],
        /--expires: expected a number of days/,
      ],
      "a role that there is not": [["create", "x", "--out", "x", "--role", "ORG_OWNR"], /such as ORG_OWNER/],
      "a method that there is not": [
        ["create", "x", "--out", "x", "--method", "password"],
        /--method is a string; expected/,
      ],
      "a secret with an expiry": [
        ["create", "x", "--out", "x", "--method", "secret", "--expires", "3d"],
        /a client secret never expires/,
      ],
      "half of a store": [["rotate", "--read-with", "cat x"], /--read-with reads what --write-with stores/],
      "a key in the environment": [
        ["rotate"],
        /a credential in the environment itself cannot be replaced; give --key-file/,
      ],
      "a number that is none": [["audit", "--max-age", "old"], /--max-age: expected an integer/],
      "a rule that there is not": [["audit", "--ignore", "pats"], /--ignore is a string; expected one of/],
      "no log": [["permissions"], /--from-log is missing/],
      "a log that is not there": [
        ["permissions", "--from-log", "x.log"],
        /--from-log is a path at which there is no file/,
      ],
    };
    for (const [what, [args, expected]] of Object.entries(wrong)) {
      it(`exits with 2 and one sentence for ${what}`, async (t) => {
        const { exitCode, out, err } = await prepare(t).run(args);
        assert.deepEqual([exitCode, out], [2, ""]);
        assert.match(err, expected);
      });
    }
  });

  describe("rotate", () => {
    it("replaces a key file with its own key, without a role", async (t) => {
      const { path, run, name, read } = prepare(t);
      await run(["create", name, "--out", "su.json"]);
      const before = JSON.parse(read("su.json")).keyId;
      const own = { ZITADEL_API_URL: emulator.url };
      const { exitCode, out } = await run(
        ["rotate", "--key-file", "su.json", "--grace", "0", "--expires", "30d"],
        own,
      );
      assert.equal(exitCode, 0);
      assert.match(out, /^Rotated the credential of the user \d+; the new one expires \d{4}-\d\d-\d\d\.\n$/);
      assert.notEqual(JSON.parse(read("su.json")).keyId, before);
      assert.equal(await whoIs({ auth: privateKeyJwt({ keyFile: path("su.json") }) }), name);
      const json = await run(["rotate", "--grace", "0", "--json"], {
        ...own,
        ZITADEL_KEY_FILE: path("su.json"),
      });
      assert.equal(JSON.parse(json.out).resumed, false);
    });

    it("replaces a personal access token, and a client secret", async (t) => {
      const { run, name, read } = prepare(t);
      const own = { ZITADEL_API_URL: emulator.url };
      await run(["create", name, "--method", "pat", "--out", "su.pat"]);
      await run(["create", `${name}-s`, "--method", "secret", "--out", "su.secret"]);
      const [pat, secret] = [read("su.pat"), read("su.secret")];
      assert.equal((await run(["rotate", "--token-file", "su.pat", "--grace", "0"], own)).exitCode, 0);
      const args = ["rotate", "--client-id", `${name}-s`, "--client-secret-file", "su.secret"];
      assert.equal((await run(args, own)).exitCode, 0);
      assert.notEqual(read("su.pat"), pat);
      assert.notEqual(read("su.secret"), secret);
    });

    it("replaces the credential in a secret manager, so that it is never in a file", async (t) => {
      const { path, run, name, read } = prepare(t);
      await run(["create", name, "--write-with", `cat > '${path("vault")}'`]);
      const store = ["--read-with", `cat '${path("vault")}'`, "--write-with", `cat > '${path("vault")}'`];
      const before = read("vault");
      const own = { ZITADEL_API_URL: emulator.url };
      const { exitCode, err } = await run(["rotate", ...store, "--grace", "0"], own);
      assert.equal(exitCode, 0);
      assert.match(
        err,
        /^To rotate what --read-with prints, as the service user itself, which needs no role:\n {2}- add/,
      );
      assert.notEqual(read("vault"), before);
      assert.equal(await whoIs({ auth: privateKeyJwt({ key: read("vault") }) }), name);
    });

    it("lets a manager rotate, by a profile", async (t) => {
      const { path, run, name, read } = prepare(t);
      writeFileSync(path("admin.pat"), emulator.serviceUser.token, { mode: 0o600 });
      const args = ["login", "--profile", "boss", "--url", emulator.url, "--token-file", path("admin.pat")];
      const env = { XDG_CONFIG_HOME: path("config"), XDG_CACHE_HOME: path("cache") };
      assert.equal((await runCommand(args, { directory: path("."), env })).exitCode, 0);
      await run(["create", name, "--method", "secret", "--out", "su.secret"]);
      const before = read("su.secret");
      const rotation = [
        "rotate",
        "--manager",
        "boss",
        "--client-id",
        name,
        "--client-secret-file",
        "su.secret",
      ];
      const { exitCode, err } = await run(rotation, { ZITADEL_API_URL: emulator.url });
      assert.equal(exitCode, 0);
      assert.match(
        err,
        /as the user of the profile boss:\n.*\n {6}requires user\.write: ORG_USER_MANAGER in the/,
      );
      assert.notEqual(read("su.secret"), before);
      writeFileSync(
        path("admin.pat"),
        (await emulator.createServiceUser({ username: `${name}-boss` })).token,
      );
      const refused = await run([...rotation, "--no-cache"], { ZITADEL_API_URL: emulator.url });
      assert.equal(refused.exitCode, 5);
      assert.match(
        refused.err,
        /nothing was done: to add another client secret, which invalidates the old one requires user\.write/,
      );
    });

    it("finishes what a killed run left", async (t) => {
      const { path, run, name } = prepare(t);
      await run(["create", name, "--out", "su.json"]);
      const args = [join(root, "src/cli/main.ts"), "service-user", "rotate", "--key-file", path("su.json")];
      const env = { ...process.env, ZITADEL_API_URL: emulator.url, XDG_CACHE_HOME: path("cache") };
      const child = spawn(process.execPath, args, { env, stdio: "ignore" });
      while (!existsSync(path("su.json.rotation"))) await setTimeout(5);
      child.kill("SIGKILL");
      await once(child, "close");
      const { exitCode, out } = await run(["rotate", "--key-file", "su.json", "--grace", "0"], {
        ZITADEL_API_URL: emulator.url,
      });
      assert.equal(exitCode, 0);
      assert.match(out, /^Finished a rotation that an earlier run had begun, of the user \d+/);
      assert.ok(!existsSync(path("su.json.rotation")));
    });

    it("stops waiting when it is interrupted, and the next run finishes", async (t) => {
      const { path, run, name, read } = prepare(t);
      await run(["create", name, "--out", "su.json"]);
      const before = read("su.json");
      const args = [join(root, "src/cli/main.ts"), "service-user", "rotate", "--key-file", path("su.json")];
      const env = { ...process.env, ZITADEL_API_URL: emulator.url, XDG_CACHE_HOME: path("cache") };
      const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
      const err = text(child.stderr);
      const isReplaced = (): boolean =>
        existsSync(path("su.json.rotation")) &&
        readFileSync(path("su.json.rotation"), "utf8").includes("replacedAt");
      while (!isReplaced()) await setTimeout(5);
      child.kill("SIGINT");
      const [exitCode] = await once(child, "close");
      assert.equal(exitCode, 1);
      assert.match(await err, /interrupted by SIGINT/);
      assert.notEqual(read("su.json"), before);
      const next = await run(["rotate", "--key-file", "su.json", "--grace", "0"], {
        ZITADEL_API_URL: emulator.url,
      });
      assert.match(next.out, /^Finished a rotation/);
    });

    it("fails no call of a program that uses the file and requests a token each second", async (t) => {
      const { path, run, name } = prepare(t);
      await using brief = await startEmulator({ tokenLifetimeSeconds: 1 });
      const { token } = brief.serviceUser;
      await run(["create", name, "--out", "su.json"], {
        ZITADEL_API_URL: brief.url,
        ZITADEL_SERVICE_USER_TOKEN: token,
      });
      const auth = privateKeyJwt({ keyFile: path("su.json") });
      await using program = createZitadel({ url: brief.url, auth });
      const tokens = new Set<string>();
      const stop = new AbortController();
      let calls = 0;
      const loop = (async () => {
        for (; !stop.signal.aborted; calls += 1) {
          await program.auth.v1.getMyUser();
          tokens.add((await program.getAccessToken()).token);
        }
      })();
      loop.catch(() => stop.abort());
      // At least five times, and until a token has been renewed.
      for (let times = 0; times < 5 || (tokens.size < 2 && !stop.signal.aborted); times += 1) {
        const rotation = ["rotate", "--key-file", "su.json", "--grace", "0", "--no-cache"];
        assert.equal((await run(rotation, { ZITADEL_API_URL: brief.url })).exitCode, 0);
      }
      stop.abort();
      await loop;
      assert.ok(calls > 50 && tokens.size > 1, `${calls} calls, ${tokens.size} tokens`);
    });
  });

  describe("list", () => {
    it("prints one row per credential", async (t) => {
      const { run, name } = prepare(t);
      await run(["create", name, "--role", "ORG_OWNER", "--out", "su.json", "--expires", "2040-01-31"]);
      const { exitCode, out, err } = await run(["list", "--user", name]);
      assert.deepEqual([exitCode, err], [0, ""]);
      const [head, row, ...more] = out.trimEnd().split("\n");
      assert.equal(head, head?.toLowerCase());
      assert.match(head ?? "", /^user +roles +credential +id +age +expires +last use$/);
      assert.match(
        row ?? "",
        new RegExp(`^${name} +ORG_OWNER +key +\\d+ +0d +2040-01-31 +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`),
      );
      assert.deepEqual(more, []);
      const json = JSON.parse((await run(["list", "--user", name, "--json"])).out);
      assert.equal(json.users[0].credentials[0].lastUse.kind, "exact");
    });

    it("reports what is unknown without a role, and that there is nobody", async (t) => {
      const { path, run, name } = prepare(t);
      await run(["create", name, "--out", "su.json"]);
      const own = { ZITADEL_API_URL: emulator.url, ZITADEL_KEY_FILE: path("su.json") };
      assert.match((await run(["list"], own)).err, /^Last uses are not known: .* events\.read/);
      // Whoever sees others sees their roles only with a role for that.
      await run(["create", `${name}-m`, "--role", "ORG_USER_MANAGER", "--out", "m.json"]);
      const manager = { ZITADEL_API_URL: emulator.url, ZITADEL_KEY_FILE: path("m.json") };
      const seen = await run(["list", "--no-usage", "--user", name, "--user", `${name}-m`], manager);
      assert.match(
        seen.err,
        /^Not all roles of other users are known: .* org\.member\.read and iam\.member\.read/,
      );
      assert.match(seen.out, new RegExp(`^${name} +\\? `, "m"));
      assert.match(seen.out, new RegExp(`^${name}-m +ORG_USER_MANAGER `, "m"));
      assert.equal((await run(["list", "--no-usage"], own)).err, "");
      const nobody = await run(["list", "--user", "nobody"]);
      assert.deepEqual([nobody.exitCode, nobody.out], [0, ""]);
      assert.match(nobody.err, /no such service users/);
    });
  });

  describe("audit", () => {
    it("exits with 3 and the findings, or with 0 if there are none", async (t) => {
      const { path, run, name } = prepare(t);
      await run(["create", name, "--out", "su.json"]);
      const own = { ZITADEL_API_URL: emulator.url, ZITADEL_KEY_FILE: path("su.json") };
      const clean = await run(["audit"], own);
      assert.deepEqual([clean.exitCode, clean.out], [0, "0 findings about 1 service user.\n"]);
      chmodSync(path("su.json"), 0o644);
      const { exitCode, out } = await run(["audit"], own);
      assert.equal(exitCode, 3);
      assert.match(
        out,
        /^key-file-mode {2}.*su\.json has the mode 0644: [\s\S]* → chmod 600 [\s\S]*1 finding about 1 service user/,
      );
      assert.equal((await run(["audit", "--ignore", "key-file-mode"], own)).exitCode, 0);
      const json = JSON.parse((await run(["audit", "--json"], own)).out);
      assert.equal(json.findings[0].rule, "key-file-mode");
    });

    it("prints SARIF in which each result has a rule and a location", async (t) => {
      const { run } = prepare(t);
      const { exitCode, out } = await run(["audit", "--sarif", "--user", "service-user"]);
      assert.equal(exitCode, 3);
      const { version, runs } = JSON.parse(out);
      assert.equal(version, "2.1.0");
      const known = new Set(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id));
      assert.ok(runs[0].results.length > 2);
      for (const { ruleId, locations, message } of runs[0].results) {
        assert.ok(known.has(ruleId), ruleId);
        assert.equal(locations[0].physicalLocation.artifactLocation.uri, "service-users/service-user");
        assert.match(message.text, /\. /);
      }
    });
  });

  describe("permissions", () => {
    it("compares a log with the roles: exits with 3 if less would be enough, otherwise with 0", async (t) => {
      const { path, run, name } = prepare(t);
      await run(["create", name, "--role", "ORG_OWNER", "--out", "su.json"]);
      const lines: string[] = [];
      const log = (message: string, fields: object) => lines.push(JSON.stringify({ ...fields, message }));
      const logger = { debug: log, info: log, warn: log, error: log };
      await using program = createZitadel({
        url: emulator.url,
        auth: privateKeyJwt({ keyFile: path("su.json") }),
        logger,
      });
      await program.user.v2.listUsers();
      writeFileSync(path("app.ndjson"), lines.join("\n"));
      const { exitCode, out } = await run(["permissions", "--from-log", "app.ndjson", "--user", name]);
      assert.equal(exitCode, 3);
      assert.match(out, /^calls {2}rpc +takes\n1 +zitadel\.user\.v2\.UserService\/ListUsers +user\.read\n/);
      assert.match(out, /ORG_OWNER \(organization\)\n {4}needed: user\.read\n {4}beyond: .* and \d+ more/);
      assert.match(out, /\nEnough: ORG_OWNER_VIEWER \(organization\)\.\n$/);
      await run(["create", `${name}-v`, "--role", "ORG_OWNER_VIEWER", "--out", "v.json"]);
      const own = { ZITADEL_API_URL: emulator.url, ZITADEL_KEY_FILE: path("v.json") };
      const least = await run(["permissions", "--from-log", "-", "--json"], own, lines.join("\n"));
      assert.equal(least.exitCode, 0);
      assert.deepEqual(JSON.parse(least.out).needed, ["user.read"]);
      const empty = await run(["permissions", "--from-log", "-"], own, "nothing\n");
      assert.equal(empty.exitCode, 2);
      assert.match(empty.err, /has no calls of this package's clients/);
    });
  });

  it("has help that names each of its commands", async () => {
    const { exitCode, out } = await runCommand(["service-user", "--help"]);
    assert.equal(exitCode, 0);
    for (const name of ["create", "rotate", "list", "audit", "permissions"]) {
      assert.match(out, new RegExp(`^  service-user ${name} +[A-Z]`, "m"));
    }
  });

  it("never prints a secret", () => {
    assert.ok(secrets.size > 20 && printed.length > 60);
    const all = printed.join("\n");
    for (const secret of secrets) assert.ok(!all.includes(secret));
  });
});
