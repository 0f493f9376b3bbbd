import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type Home, home, type Outcome, runCommand, type Surroundings } from "./support.ts";

describe("signing in from the command line", () => {
  let emulator: Emulator;
  let place: Home;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  /** With the credential of the environment, or without it. */
  const zitadelConnect = (args: readonly string[], more: Surroundings = {}): Promise<Outcome> =>
    runCommand(args, { directory: place.path, env: place.env, ...more });
  const withoutCredential = (): Readonly<Record<string, string>> => {
    const { XDG_CONFIG_HOME = "", XDG_CACHE_HOME = "" } = place.env;
    return { XDG_CONFIG_HOME, XDG_CACHE_HOME };
  };
  const tokenRequests = () => emulator.requests.filter(({ path }) => path === "/oauth/v2/token").length;
  const at = async (run: () => Promise<void>): Promise<void> => {
    using directory = home(emulator, {
      pat: emulator.serviceUser.token,
      secret: emulator.serviceUser.clientSecret,
    });
    place = directory;
    emulator.requests.length = 0;
    await run();
  };

  it("prints a token that works, with --json also its expiry, and requests it once", () =>
    at(async () => {
      const { exitCode, out, err } = await zitadelConnect(["token"]);
      assert.deepEqual([exitCode, err], [0, ""]);
      const response = await fetch(`${emulator.url}/zitadel.user.v2.UserService/ListUsers`, {
        method: "POST",
        headers: { authorization: `Bearer ${out.trim()}`, "content-type": "application/json" },
        body: "{}",
      });
      assert.equal(response.status, 200);
      const { token, expiresAt } = JSON.parse((await zitadelConnect(["token", "--json"])).out);
      assert.equal(token, out.trim());
      assert.ok(Date.parse(expiresAt) > Date.now());
      assert.equal(tokenRequests(), 1);
    }));

  it("requests other audiences and scopes, each in a token of its own", () =>
    at(async () => {
      const scopes: string[] = [];
      const undo = emulator.intercept((request, next) => {
        if (request.path === "/oauth/v2/token")
          scopes.push(new URLSearchParams(Buffer.from(request.body).toString()).get("scope") ?? "");
        return next();
      });
      await zitadelConnect(["token"]);
      const flags = ["--key-file", join(place.path, "key.json"), "--scope", "profile"];
      const { exitCode, out, err } = await zitadelConnect(["token", "--audience", "123", ...flags]);
      undo();
      assert.deepEqual([exitCode, err, out === ""], [0, "", false]);
      assert.doesNotMatch(scopes[0] ?? "", /:123:aud/);
      assert.match(scopes[1] ?? "", /urn:zitadel:iam:org:project:id:123:aud.*profile/);
    }));

  it("prints a personal access token unchanged, and accepts no other audience for it", () =>
    at(async () => {
      const flags = ["--token-file", "pat"];
      assert.equal((await zitadelConnect(["token", ...flags])).out, `${emulator.serviceUser.token}\n`);
      const { exitCode, err } = await zitadelConnect(["token", ...flags, "--audience", "1"]);
      assert.equal(exitCode, 2);
      assert.match(err, /--token-file is already a token/);
      assert.equal(tokenRequests(), 0);
    }));

  it("accepts a client id with a secret from a file", () =>
    at(async () => {
      const flags = ["--client-id", emulator.serviceUser.clientId, "--client-secret-file", "secret"];
      const { exitCode, out } = await zitadelConnect(["whoami", "--json", ...flags]);
      assert.equal(exitCode, 0);
      assert.equal(JSON.parse(out).credential, "--client-id and --client-secret-file");
      const half = await zitadelConnect(["whoami", "--client-id", "x"]);
      assert.deepEqual(
        [half.exitCode, half.err.includes("--client-id with --client-secret-file")],
        [2, true],
      );
    }));

  it("stores tokens in files of mode 0600, in which no token is readable", () =>
    at(async () => {
      const { out } = await zitadelConnect(["token"]);
      const [file = "", ...others] = globSync("cache/**/*.token", { cwd: place.path });
      assert.deepEqual(others, []);
      assert.equal(statSync(join(place.path, file)).mode & 0o777, 0o600);
      const kept = readFileSync(join(place.path, file), "utf8");
      assert.ok(!kept.includes(out.trim()) && !Buffer.from(kept, "base64url").includes(out.trim()));
      await zitadelConnect(["token", "--no-cache"]);
      assert.equal(tokenRequests(), 2);
    }));

  it("shows the caller, and omits what the user may not read", () =>
    at(async () => {
      const { exitCode, out } = await zitadelConnect(["whoami", "--json"]);
      assert.equal(exitCode, 0);
      const { user, organization, roles, instance, credential } = JSON.parse(out);
      assert.deepEqual(user, {
        id: emulator.serviceUser.userId,
        loginName: emulator.serviceUser.clientId,
        name: "service-user",
        type: "service user",
      });
      assert.equal(organization.id, emulator.serviceUser.organizationId);
      assert.deepEqual(
        roles.map(({ role, on }: { role: string; on: string }) => [role, on]),
        [["IAM_OWNER", "instance"]],
      );
      assert.equal(instance.url, emulator.url);
      assert.equal(credential, "ZITADEL_KEY_FILE");
      const text = await zitadelConnect(["whoami"]);
      assert.match(text.out, /^user {10}service-user \(\d+\), service user/);
      assert.match(text.out, /^organization {2}.+ \(\d+\)$/m);
      assert.match(text.out, /^roles {9}IAM_OWNER$/m);

      const nobody = await emulator.createServiceUser({ username: `nobody-${place.path.slice(-6)}` });
      using other = home({ url: emulator.url, serviceUser: nobody });
      const { exitCode: code, out: seen } = await runCommand(["whoami", "--json"], { env: other.env });
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(seen).roles, []);
      assert.equal(JSON.parse(seen).instance.version, undefined);
    }));

  it("stores a profile without the credential, which --profile and ZITADEL_PROFILE select", () =>
    at(async () => {
      const env = withoutCredential();
      const flags = ["--url", emulator.url, "--key-file", "key.json"];
      const { exitCode, out, err } = await zitadelConnect(["login", "--profile", "prod", ...flags], { env });
      assert.deepEqual([exitCode, err], [0, ""]);
      assert.match(out, /^Signed in as service-user \(\d+\) of organization .*\nStored the profile prod in /);
      const file = join(place.path, "config/zitadel-connect/profiles.json");
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
        profiles: { prod: { url: emulator.url, keyFile: join(place.path, "key.json") } },
      });

      for (const [args, more] of [
        [["--profile", "prod"], {}],
        [[], { ZITADEL_PROFILE: "prod" }],
        // With a profile the environment is ignored.
        [["--profile", "prod"], { ZITADEL_API_URL: "http://localhost:1", ZITADEL_KEY: "no key" }],
      ] as const) {
        const found = await zitadelConnect(["whoami", "--json", ...args], { env: { ...env, ...more } });
        assert.equal(JSON.parse(found.out).credential, "profile prod", found.err);
      }
      const none = await zitadelConnect(["whoami"], { env });
      assert.match(none.err, /Which instance\?/);
      const misspelt = await zitadelConnect(["whoami", "--profile", "prd"], { env });
      assert.match(misspelt.err, /There is no profile with that name; did you mean prod\?/);
    }));

  it("uses the profile named default if no other is named", () =>
    at(async () => {
      const env = withoutCredential();
      await zitadelConnect(["login", "--url", emulator.url, "--token-file", "pat"], { env });
      assert.equal(
        JSON.parse((await zitadelConnect(["whoami", "--json"], { env })).out).credential,
        "profile default",
      );
      assert.equal(
        JSON.parse((await zitadelConnect(["whoami", "--json"])).out).credential,
        "ZITADEL_KEY_FILE",
      );
    }));

  it("asks for missing values on a terminal", () =>
    at(async () => {
      const questions: string[] = [];
      const ask = async (question: string) => {
        questions.push(question);
        return questions.length === 1 ? emulator.url : "key.json";
      };
      const { exitCode } = await zitadelConnect(["login"], { env: withoutCredential(), ask });
      assert.equal(exitCode, 0);
      assert.equal(questions.length, 2);
    }));

  it("stores no profile that does not work, unless it is told not to try", () =>
    at(async () => {
      const env = withoutCredential();
      const stranger = await emulator.createServiceUser({ username: `gone-${place.path.slice(-6)}` });
      using other = home({
        url: emulator.url,
        serviceUser: { ...stranger, keyFile: stranger.keyFile.replace(stranger.userId, "1") },
      });
      const flags = ["--url", emulator.url, "--key-file", join(other.path, "key.json")];
      const { exitCode, err } = await zitadelConnect(["login", ...flags], { env });
      assert.equal(exitCode, 4);
      assert.match(err, /^Hint: /m);
      assert.ok(!existsSync(join(place.path, "config/zitadel-connect/profiles.json")));
      assert.equal((await zitadelConnect(["login", ...flags, "--no-verify"], { env })).exitCode, 0);
    }));

  it("does not store a secret that is in the environment", () =>
    at(async () => {
      const env = {
        ...withoutCredential(),
        ZITADEL_API_URL: emulator.url,
        ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
      };
      const { exitCode, err } = await zitadelConnect(["login"], { env });
      assert.equal(exitCode, 2);
      assert.match(err, /ZITADEL_SERVICE_USER_TOKEN is a credential itself/);
    }));

  it("deletes a profile and its tokens, and with --all the tokens of all profiles", () =>
    at(async () => {
      const env = withoutCredential();
      await zitadelConnect(["login", "--profile", "prod", "--url", emulator.url, "--key-file", "key.json"], {
        env,
      });
      await zitadelConnect(["token", "--profile", "prod"]);
      await zitadelConnect(["token"]);
      const tokens = () => globSync("cache/**/*.token", { cwd: place.path }).length;
      assert.equal(tokens(), 2);
      const { exitCode, out } = await zitadelConnect(["logout", "--profile", "prod"]);
      assert.deepEqual([exitCode, out], [0, "Deleted the profile prod, and its tokens.\n"]);
      assert.equal(tokens(), 1);
      assert.equal((await zitadelConnect(["logout", "--profile", "prod"])).exitCode, 2);
      assert.equal((await zitadelConnect(["logout", "--all"])).exitCode, 0);
      assert.equal(tokens(), 0);
    }));
});
