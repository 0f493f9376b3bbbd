import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it, mock } from "node:test";
import { signWebhook, type WebhookDelivery } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  type WebhookCall,
  WebhookError,
  type WebhookErrorCode,
} from "../../src/webhooks/index.ts";
import type { WebhookOptions } from "../../src/webhooks/webhook-options.ts";
import { KeyServer, keyPair, keySet } from "./support/keys.ts";

const signingKey = "a-signing-key-of-thirty-six-characters";
const content = {
  fullMethod: "/zitadel.user.v2.UserService/GetUserByID",
  userID: "7",
  request: { userId: "1" },
};
const webKey = keyPair("web-1");
const otherWebKey = keyPair("web-2");
const targetKey = keyPair("target-1");
const otherTargetKey = keyPair("target-2");
const jwks = keySet(webKey);

type Options = Partial<WebhookOptions>;

/** Signs as `delivery` says, and verifies as `options` say. */
async function exchange(
  delivery: Partial<WebhookDelivery> = {},
  options: Options = {},
): Promise<WebhookCall> {
  const { body, headers } = await signWebhook({
    content,
    signingKey,
    webKey,
    encryptionKey: targetKey,
    ...delivery,
  });
  return await verify(body, headers["zitadel-signature"], options);
}

async function verify(
  body: string,
  signature: string | string[] | null,
  options: Options = {},
): Promise<WebhookCall> {
  return await createWebhook({ signingKey, ...options }).verify(Buffer.from(body), signature);
}

function code(expected: WebhookErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WebhookError, String(error));
    assert.equal(error.code, expected);
    return true;
  };
}

describe("a webhook's signature", () => {
  it("is accepted when the key has signed exactly these bytes", async () => {
    const call = await exchange();
    assert.equal(call.kind, "request");
    const spaced = JSON.stringify(content, null, 3);
    const { headers } = await signWebhook({ content, signingKey });
    await assert.rejects(verify(spaced, headers["zitadel-signature"]), code("signature_mismatch"));
  });

  it("is refused if it is of another key, or of another time than it says", async () => {
    await assert.rejects(exchange({ signingKey: "another" }), code("signature_mismatch"));
    const { body, headers } = await signWebhook({ content, signingKey, at: Date.now() - 9_000 });
    const later = headers["zitadel-signature"].replace(/t=\d+/, `t=${Math.floor(Date.now() / 1000)}`);
    await assert.rejects(verify(body, later), code("signature_mismatch"));
  });

  it("may be one of several, by one of several keys, during rotation", async () => {
    await exchange({ signingKey: ["old", signingKey] });
    await exchange({ signingKey: [signingKey, "new"] });
    await exchange({ signingKey: "new" }, { signingKey: ["old", "new"] });
    await assert.rejects(exchange({ signingKey: ["old", "new"] }), code("signature_mismatch"));
  });

  it("expires five minutes after it was made, so that a call cannot be replayed", async () => {
    const now = () => 1_800_000_000_000;
    await exchange({ at: now() - 300_000 }, { now });
    await assert.rejects(exchange({ at: now() - 301_000 }, { now }), (error) => {
      assert.match(String(error), /signed 301 s ago; toleranceMs is 300000/);
      return code("signature_expired")(error);
    });
    await exchange({ at: now() + 300_000 }, { now });
    await assert.rejects(exchange({ at: now() + 301_000 }, { now }), code("signature_expired"));
    await assert.rejects(
      exchange({ at: now() - 20_000 }, { now, toleranceMs: 10_000 }),
      code("signature_expired"),
    );
  });

  it("is reported as expired only if the signature is valid", async () => {
    await assert.rejects(exchange({ at: 0, signingKey: "another" }), code("signature_mismatch"));
  });

  it("is refused when it is missing or has another format", async () => {
    const { body, headers } = await signWebhook({ content, signingKey });
    const good = headers["zitadel-signature"];
    await assert.rejects(verify(body, null), code("signature_missing"));
    await assert.rejects(verify(body, ""), code("signature_missing"));
    const digest = good.slice(-64);
    const malformed = [
      "t=1",
      `v1=${digest}`,
      "t=x,v1=00",
      good.slice(0, -2),
      `${good}0`,
      `t=1,${good}`,
      `${good},v1=`,
      // As numbers, these equal the time that was signed.
      good.replace("t=", "t=+"),
      good.replace(",v1", ".0,v1"),
    ];
    for (const header of [...malformed, `${good}${`,v1=${digest}`.repeat(10)}`, "{}"]) {
      await assert.rejects(verify(body, header), code("signature_malformed"), header);
    }
  });

  it("may be in upper case, with spaces and as several headers, with up to ten digests", async () => {
    const { body, headers } = await signWebhook({ content, signingKey });
    const [time = "", digest = ""] = headers["zitadel-signature"].split(",v1=");
    await verify(body, `${time}, v1=${digest.toUpperCase()}`);
    await verify(body, [time, `v1=${digest}`]);
    await verify(body, `${time}${`,v1=${"0".repeat(64)}`.repeat(9)},v1=${digest}`);
  });
});

describe("a webhook's payload", () => {
  for (const payload of ["json", "jwt", "jwe"] as const) {
    it(`is read as ${payload}`, async () => {
      const options = { payload, jwks, decryptionKey: targetKey.privateKey };
      const call = await exchange({ payload }, options);
      assert.ok(call.kind === "request");
      assert.deepEqual(call.request, { userId: "1" });
      assert.equal(call.userId, "7");
    });
  }

  it("is refused if it is of another type than the target's", async () => {
    const options = { jwks, decryptionKey: targetKey.privateKey };
    await assert.rejects(exchange({ payload: "jwt" }), code("payload_malformed"));
    await assert.rejects(
      exchange({ payload: "json" }, { ...options, payload: "jwt" }),
      code("token_invalid"),
    );
    await assert.rejects(exchange({ payload: "jwt" }, { ...options, payload: "jwe" }), code("token_invalid"));
    await assert.rejects(exchange({ payload: "jwe" }, { ...options, payload: "jwt" }), code("token_invalid"));
  });

  it("is refused if another instance's key has signed it, or it is encrypted for another target", async () => {
    const options = { payload: "jwe", jwks, decryptionKey: targetKey.privateKey } as const;
    const forged = { ...otherWebKey, id: webKey.id };
    await assert.rejects(exchange({ payload: "jwe", webKey: forged }, options), code("token_invalid"));
    await assert.rejects(exchange({ payload: "jwe", webKey: otherWebKey }, options), code("token_invalid"));
    await assert.rejects(
      exchange({ payload: "jwe", encryptionKey: otherTargetKey }, options),
      code("token_invalid"),
    );
  });

  it("is decrypted with the key that it names, during rotation", async () => {
    const pem = otherTargetKey.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const decryptionKey = { "target-1": targetKey.privateKey, "target-2": pem };
    const options = { payload: "jwe", jwks, decryptionKey } as const;
    await exchange({ payload: "jwe" }, options);
    await exchange({ payload: "jwe", encryptionKey: otherTargetKey }, options);
    const unknown = { ...targetKey, id: "target-3" };
    await assert.rejects(
      exchange({ payload: "jwe", encryptionKey: unknown }, options),
      code("token_invalid"),
    );
  });

  it("may be encrypted for an EC key", async () => {
    const ecKey = { id: "ec-1", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
    const options = { payload: "jwe", jwks, decryptionKey: ecKey.privateKey } as const;
    const call = await exchange({ payload: "jwe", encryptionKey: ecKey }, options);
    assert.equal(call.kind, "request");
  });

  it("is refused when it is not what Zitadel sends", async () => {
    for (const content of [[], {}, { fullMethod: 1 }, { fullMethod: "/a/b", request: [] }]) {
      await assert.rejects(exchange({ content }), code("payload_malformed"), JSON.stringify(content));
    }
  });

  it("may be about a function or an event", async () => {
    const token = await exchange({ content: { function: "function/preaccesstoken", user: { id: "1" } } });
    assert.ok(token.kind === "function");
    assert.deepEqual(token.content["user"], { id: "1" });
    const event = {
      event_type: "user.human.added",
      aggregateID: "9",
      sequence: 3,
      event_payload: { userName: "ada" },
    };
    const added = await exchange({ content: event });
    assert.ok(added.kind === "event");
    assert.deepEqual([added.eventType, added.aggregateId, added.sequence], ["user.human.added", "9", 3]);
    assert.deepEqual(added.payload, { userName: "ada" });
    const base64 = Buffer.from('{"userName":"ada"}').toString("base64");
    const older = await exchange({ content: { ...event, event_payload: base64 } });
    assert.deepEqual(older.kind === "event" && older.payload, { userName: "ada" });
  });
});

describe("the instance's keys", () => {
  it("are fetched once, when the first token arrives", async () => {
    await using server = await KeyServer.start(webKey);
    const webhook = createWebhook({ signingKey, payload: "jwt", jwks: server.url });
    const { body, headers } = await signWebhook({ content, signingKey, payload: "jwt", webKey });
    const verify = () => webhook.verify(Buffer.from(body), headers["zitadel-signature"]);
    assert.equal(server.requests, 0);
    await Promise.all([verify(), verify(), verify()]);
    await verify();
    assert.equal(server.requests, 1);
  });

  it("are fetched again for an unknown key, but not for a flood of them", async () => {
    mock.timers.enable({ apis: ["Date"], now: Date.now() });
    try {
      await using server = await KeyServer.start(webKey);
      const webhook = createWebhook({ signingKey, payload: "jwt", jwks: server.url });
      const send = async (key: typeof webKey) => {
        const { body, headers } = await signWebhook({ content, signingKey, payload: "jwt", webKey: key });
        return await webhook.verify(Buffer.from(body), headers["zitadel-signature"]);
      };
      await send(webKey);
      for (let i = 0; i < 20; i++) {
        await assert.rejects(send({ ...otherWebKey, id: `unknown-${i}` }), code("token_invalid"));
      }
      assert.equal(server.requests, 1);
      server.keys = [webKey, otherWebKey];
      mock.timers.tick(11_000);
      await send(otherWebKey);
      await send(webKey);
      assert.equal(server.requests, 2);
    } finally {
      mock.timers.reset();
    }
  });

  it("are not fetched for a sender without the signing key", async () => {
    await using server = await KeyServer.start(webKey);
    const options = { payload: "jwt", jwks: server.url } as const;
    await assert.rejects(
      exchange({ payload: "jwt", signingKey: "another" }, options),
      code("signature_mismatch"),
    );
    assert.equal(server.requests, 0);
  });

  it("may be unavailable for a while", async () => {
    await using server = await KeyServer.start(webKey);
    server.status = 503;
    const options = { payload: "jwt", jwks: server.url } as const;
    await assert.rejects(exchange({ payload: "jwt" }, options), code("keys_unavailable"));
    const refused = () => Promise.reject(new TypeError("fetch failed"));
    await assert.rejects(
      exchange({ payload: "jwt" }, { ...options, fetch: refused }),
      code("keys_unavailable"),
    );
  });
});
