import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import type { AuthMethod } from "../../src/auth/auth-method.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { personalAccessToken } from "../../src/auth/personal-access-token.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { systemUser } from "../../src/auth/system-user.ts";
import { tokenExchange } from "../../src/auth/token-exchange/token-exchange.ts";
import { pkcs1, rsaPair, serviceAccountKey, temporaryDirectory } from "./support/keys.ts";
import { granted, refused, TokenServer } from "./support/token-server.ts";

const PAT = "canary-pat-1c9e";
const SECRET = "canary-secret-5d20";
const TOKEN = "canary-token-aa17";
/** From the middle of the key, where keys differ in every encoding. */
const KEY = pkcs1(rsaPair()).split("\n")[8] ?? "";

const METHODS: Readonly<Record<string, (test: TestContext) => AuthMethod>> = {
  "privateKeyJwt({ key })": () => privateKeyJwt({ key: serviceAccountKey() }),
  "privateKeyJwt({ key: function })": () => privateKeyJwt({ key: () => JSON.stringify(serviceAccountKey()) }),
  "privateKeyJwt({ keyFile })": (test) =>
    privateKeyJwt({ keyFile: file(test, JSON.stringify(serviceAccountKey())) }),
  "clientCredentials({ clientSecret })": () => clientCredentials({ clientId: "bot", clientSecret: SECRET }),
  "clientCredentials({ clientSecretFile })": (test) =>
    clientCredentials({ clientId: "bot", clientSecretFile: file(test, SECRET) }),
  "personalAccessToken({ token })": () => personalAccessToken({ token: PAT }),
  "personalAccessToken({ token: function })": () => personalAccessToken({ token: () => PAT }),
  "personalAccessToken({ tokenFile })": (test) => personalAccessToken({ tokenFile: file(test, PAT) }),
  "systemUser({ key })": () => systemUser({ userId: "ops", key: pkcs1(rsaPair()) }),
  "tokenExchange({ … })": () =>
    tokenExchange({
      client: { clientId: "app", clientSecret: SECRET },
      subject: { accessToken: PAT },
      actor: privateKeyJwt({ key: serviceAccountKey() }),
    }),
};

function file(test: TestContext, content: string): string {
  const path = join(temporaryDirectory(test), "secret");
  writeFileSync(path, content);
  return path;
}

/** Every way in which a value can end up in a log. */
function spellings(value: unknown): string {
  return [
    inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? value.stack : "",
  ].join("\n");
}

describe("a secret never appears in util.inspect (any depth, showHidden), JSON, errors and causes, events", () => {
  for (const [name, make] of Object.entries(METHODS)) {
    it(name, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = () => granted(TOKEN);
      const context = server.context();
      const method = make(test);
      const source = method(context);
      const { token } = await source.getToken();
      const assertions = server.requests.flatMap(({ form }) => form.get("assertion") ?? []);
      // The server refuses the next token, and echoes all that it was sent.
      let errors: unknown[] = [];
      server.onToken = ({ form, headers }) => {
        assertions.push(...[...form].flatMap(([part, value]) => (/assertion$/.test(part) ? [value] : [])));
        return refused("invalid_grant", `${headers.authorization} ${[...form.values()].join(" ")}`);
      };
      errors = await Promise.all(
        [source.getToken({ rejected: token }), source.getToken({ rejected: token })].map((call) =>
          call.then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      );
      const secrets = [
        KEY,
        PAT,
        SECRET,
        TOKEN,
        token,
        ...assertions,
        Buffer.from(`bot:${SECRET}`).toString("base64"),
      ];
      const shown = [method, source, ...errors, context.events].map(spellings).join("\n");
      for (const secret of secrets) {
        assert.ok(secret.length > 8);
        assert.ok(!shown.includes(secret), `${secret} in ${shown}`);
      }
    });
  }

  it("a secret that leaks is found by the check itself", () => {
    assert.ok(spellings({ deep: { er: [new Error("x", { cause: SECRET })] } }).includes(SECRET));
  });
});
