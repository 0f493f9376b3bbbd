import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { root } from "../../scripts/pinned-api.ts";
import {
  clientCredentials,
  createZitadel,
  type Logger,
  personalAccessToken,
  privateKeyJwt,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const PASSWORD = "canary-password-1A!";
const CODE = "canary-code";
const RESPONSE = "canary-token-in-response";

describe("logs", () => {
  let emulator: Emulator;
  let secrets: string[];
  before(async () => {
    emulator = await startEmulator();
    const { serviceUser } = emulator;
    const key: string = JSON.parse(serviceUser.keyFile).key;
    secrets = [PASSWORD, CODE, RESPONSE, serviceUser.token, serviceUser.clientSecret, key.slice(40, 90)];
  });
  after(() => emulator.close());

  /** Everything that may be logged: tokens of all kinds, refusals, secrets in requests and responses. */
  async function exercise(logger: Logger): Promise<void> {
    const { url, serviceUser } = emulator;
    const common = { url, logger, logBodies: true };
    const takeBack = emulator.handle(UserService, {
      addPersonalAccessToken: () => ({ tokenId: "17", token: RESPONSE }),
    });
    for (const auth of [
      personalAccessToken({ token: serviceUser.token }),
      privateKeyJwt({ key: serviceUser.keyFile }),
      clientCredentials({ clientId: serviceUser.clientId, clientSecret: serviceUser.clientSecret }),
    ]) {
      await using zitadel = createZitadel({ ...common, auth });
      await zitadel.user.v2.addHumanUser({
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: {
          email: `ada-${Math.random()}@example.com`,
          verification: { case: "isVerified", value: true },
        },
        passwordType: { case: "password", value: { password: PASSWORD } },
      });
      await zitadel.user.v2.verifyEmail({ userId: "1", verificationCode: CODE }).catch(() => {});
      const expirationDate = new Date(Date.now() + 3_600_000);
      await zitadel.user.v2.addPersonalAccessToken({ userId: serviceUser.userId, expirationDate });
      const { token } = await zitadel.getAccessToken();
      secrets.push(token);
      emulator.revokeTokens();
      await zitadel.user.v2.listUsers({}).catch(() => {});
    }
    takeBack();
    for (const auth of [
      clientCredentials({ clientId: serviceUser.clientId, clientSecret: CODE }),
      privateKeyJwt({ key: JSON.stringify({ ...JSON.parse(serviceUser.keyFile), keyId: "12" }) }),
    ]) {
      await using zitadel = createZitadel({ ...common, auth });
      await zitadel.user.v2.listUsers({}).catch(() => {});
    }
  }

  it("contain no secret at any level, bodies included", async () => {
    const lines: string[] = [];
    const log = (...line: unknown[]): void => {
      lines.push(inspect(line, { depth: 20, showHidden: true }), JSON.stringify(line));
    };
    await exercise({ debug: log, info: log, warn: log, error: log });
    assert.ok(lines.length > 40);
    const text = lines.join("\n");
    for (const secret of secrets) assert.ok(!text.includes(secret), `found ${secret}`);
    // What is not a secret stays readable.
    for (const shown of ["Ada", "tokenId: '17'", "verificationCode: '[redacted]'", "token: '[redacted]'"]) {
      assert.ok(text.includes(shown), `missing ${shown}`);
    }
  });

  it("contain bodies only if configured", async () => {
    const lines: string[] = [];
    const log = (...line: unknown[]): void => void lines.push(inspect(line, { depth: 20 }));
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      logger: { debug: log, info: log, warn: log, error: log },
    });
    await zitadel.user.v2.getUserByID({ userId: "canary-user" }).catch(() => {});
    assert.doesNotMatch(lines.join("\n"), /canary-user/);
  });

  const program = `
    import { createZitadel, privateKeyJwt } from ${JSON.stringify(join(root, "src/index.ts"))};
    await using zitadel = createZitadel({ url: process.env.URL, auth: privateKeyJwt({ key: process.env.KEY }) });
    await zitadel.user.v2.listUsers();
    await zitadel.user.v2.getUserByID({ userId: "1" }).catch(() => {});
  `;
  const sections: Record<string, { shows: RegExp[]; hides: RegExp[] }> = {
    zitadel: {
      shows: [/^ZITADEL \d+: zitadel\.user.*ListUsers ok/m, /^ZITADEL \d+: got a token/m, /connected/],
      hides: [],
    },
    "zitadel:auth": { shows: [/^ZITADEL:AUTH \d+: got a token/m], hides: [/ListUsers/, /connected/] },
    "zitadel:http2": { shows: [/^ZITADEL:HTTP2 \d+: connected/m], hides: [/ListUsers/, /token/] },
    "zitadel:retry": {
      shows: [/^ZITADEL:RETRY \d+: .*GetUserByID attempt 1 failed: not_found/m],
      hides: [/ok in/, /token/],
    },
    other: { shows: [/^$/], hides: [/ZITADEL/] },
  };
  for (const [section, { shows, hides }] of Object.entries(sections)) {
    it(`go to stderr with NODE_DEBUG=${section}, without code and without secrets`, async () => {
      const { stderr, stdout } = await promisify(execFile)(
        process.execPath,
        ["--input-type=module", "-e", program],
        {
          env: { ...process.env, NODE_DEBUG: section, URL: emulator.url, KEY: emulator.serviceUser.keyFile },
          cwd: root,
        },
      );
      for (const shown of shows) assert.match(stderr, shown);
      for (const hidden of hides) assert.doesNotMatch(stderr, hidden);
      assert.equal(stdout, "");
      for (const secret of [...secrets, "eyJ", "PRIVATE KEY"]) assert.ok(!stderr.includes(secret));
    });
  }
});
