import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { createWebhook, toRequest } from "../../src/webhooks/index.ts";
import { keyPair } from "./support/keys.ts";

const signingKey = "a-signing-key";
const targetKey = keyPair("target");
const content = { fullMethod: "/zitadel.user.v2.UserService/GetUserByID", request: { userId: "7" } };

describe("a call from the emulator", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  for (const payload of ["json", "jwt", "jwe"] as const) {
    it(`arrives as ${payload}, signed with the keys that the emulator publishes`, async () => {
      const ids: (string | undefined)[] = [];
      const webhook = createWebhook({
        signingKey,
        payload,
        jwks: `${emulator.url}/oauth/v2/keys`,
        decryptionKey: targetKey.privateKey,
      });
      const handle = webhook.nodeHandler((call) => {
        ids.push(toRequest(call, UserService.method.getUserByID)?.userId);
      });
      const server = createServer(handle).listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const response = await emulator.callTarget(url, {
        signingKey,
        payload,
        content,
        encryptionKey: targetKey,
      });
      assert.deepEqual([response.status, ids], [200, ["7"]]);
      server.closeAllConnections();
      server.close();
    });
  }
});
