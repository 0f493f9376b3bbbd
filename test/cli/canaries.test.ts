import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type Home, home, type Outcome, runCommand } from "./support.ts";

/** What no command may show: credentials, the tokens obtained with them, and secrets in requests. */
describe("no output of the command line contains a secret", () => {
  let emulator: Emulator;
  let place: Home;
  const secrets = new Map<string, string>();
  before(async () => {
    emulator = await startEmulator();
    const { token, clientSecret, keyFile } = emulator.serviceUser;
    place = home(emulator, { pat: token, secret: clientSecret, "password.json": JSON.stringify(PASSWORD) });
    secrets.set("the personal access token", token).set("the client secret", clientSecret);
    const { key }: { key: string } = JSON.parse(keyFile);
    const { d = "", p = "" } = createPrivateKey(key).export({ format: "jwk" });
    secrets
      .set("a line of the key", key.split("\n")[3] ?? "")
      .set("d", d)
      .set("p", p)
      .set("a password", "Canary-7f3a!");
    emulator.intercept(async (request, next) => {
      const response = await next();
      const [, issued] = /"access_token":"([^"]+)"/.exec(String(response?.body)) ?? [];
      if (request.path === "/oauth/v2/token" && issued !== undefined)
        secrets.set(`token ${secrets.size}`, issued);
      return response;
    });
  });
  after(async () => {
    place[Symbol.dispose]();
    await emulator.close();
  });

  const PASSWORD = { userId: "1", newPassword: { password: "Canary-7f3a!" } };
  const signIn: Readonly<Record<string, () => readonly string[]>> = {
    "a key": () => ["--key-file", "key.json"],
    "a token": () => ["--token-file", "pat"],
    "a client secret": () => ["--client-id", emulator.serviceUser.clientId, "--client-secret-file", "secret"],
  };
  const commands: readonly (readonly string[])[] = [
    ["call", "auth.v1.getMyUser"],
    ["call", "user.v2.listUsers", "--all"],
    ["call", "user.v2.listUsers", "--dry-run"],
    ["call", "user.v2.setPassword", "@password.json"],
    ["call", "user.v2.setPassword", "@password.json", "--dry-run"],
    ["call", "nothing.v1.isHere"],
    ["call", "auth.v1.getMyUser", "--url", "http://localhost:1", "--timeout", "1"],
    ["whoami"],
    ["events", "--since", "1h", "--no-follow"],
    ["login"],
    ["doctor"],
    ["token", "--audience", "a b"],
  ];

  for (const [name, flags] of Object.entries(signIn)) {
    it(`with ${name}, with and without --debug, even if it fails`, async () => {
      for (const command of commands) {
        for (const debug of [[], ["--debug"]]) {
          const { ZITADEL_KEY_FILE: _, ...env } = place.env;
          check(
            await runCommand([...command, ...flags(), ...debug], { directory: place.path, env }),
            command,
          );
        }
      }
    });
  }

  it("that was put in the wrong place", async () => {
    const { token, clientSecret, keyFile } = emulator.serviceUser;
    for (const secret of [token, clientSecret, keyFile]) {
      for (const args of [
        [secret],
        ["call", secret],
        ["call", "user.v2.listUsers", secret],
        ["call", "user.v2.listUsers", `@${secret}`],
        ["call", "user.v2.listUsers", `{"${secret.slice(0, 60)}":1}`],
        ["call", "user.v2.listUsers", JSON.stringify({ query: { limit: secret } })],
        ["call", "user.v2.listUsers", `--${secret}`],
        ["call", "user.v2.listUsers", "--sorting-column", secret],
        ["call", "user.v2.listUsers", "--header", secret],
        ["call", "user.v2.listUsers", "--timeout", secret],
        ["call", "user.v2.listUsers", "--output", secret],
        ["describe", secret],
        ["whoami", "--key-file", secret],
        ["whoami", "--token-file", secret],
        ["whoami", "--profile", secret],
        ["whoami", "--url", secret],
        ["whoami", "--url", `https://user:${secret.slice(0, 40)}@localhost`],
        ["events", "--since", secret],
        ["login", "--profile", secret],
        ["logout", "--profile", secret],
        ["completion", secret],
        ["help", secret],
      ]) {
        const outcome = await runCommand(args, { directory: place.path, env: place.env });
        assert.notEqual(outcome.exitCode, 0, args.slice(0, -1).join(" "));
        check(outcome, args.slice(0, -1));
      }
    }
  });

  function check({ out, err, statuses }: Outcome, command: readonly string[]): void {
    for (const [name, secret] of secrets) {
      for (const text of [out, err, ...statuses]) {
        assert.ok(!text.includes(secret), `${command.join(" ")} shows ${name}`);
      }
    }
  }

  it("and a leak would be found by this test", async () => {
    const { out } = await runCommand(["token"], { env: place.env });
    assert.throws(() => check({ exitCode: 0, out, err: "", statuses: [] }, []), /shows token/);
  });
});
