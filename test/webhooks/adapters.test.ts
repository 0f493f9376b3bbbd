import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, it } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { signWebhook } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  refuse,
  respondWith,
  toRequest,
  type Webhook,
  type WebhookError,
  type WebhookHandler,
} from "../../src/webhooks/index.ts";
import type { WebhookOptions } from "../../src/webhooks/webhook-options.ts";
import { serve } from "./support/serve.ts";

const signingKey = "a-signing-key";
const method = UserService.method.getUserByID;
const content = { fullMethod: "/zitadel.user.v2.UserService/GetUserByID", request: { userId: "1" } };
const delivery = { content, signingKey };

/** Sends a request to a receiver through one of its adapters. */
type Send = (
  body: string | Uint8Array,
  headers: Record<string, string>,
  httpMethod?: string,
) => Promise<Response>;

async function withNode(
  webhook: Webhook,
  handler: WebhookHandler,
  use: (send: Send, url: string) => Promise<void>,
) {
  await using server = await serve(webhook.nodeHandler(handler));
  const { url } = server;
  await use(
    (body, headers, method = "POST") => fetch(url, { method, headers, body: method === "GET" ? null : body }),
    url,
  );
}

async function withWeb(
  webhook: Webhook,
  handler: WebhookHandler,
  use: (send: Send, url: string) => Promise<void>,
) {
  const handle = webhook.fetchHandler(handler);
  const send: Send = (body, headers, method = "POST") =>
    handle(
      new Request("http://hooks.example.com/", { method, headers, body: method === "GET" ? null : body }),
    );
  await use(send, "http://hooks.example.com/");
}

for (const [name, withAdapter] of Object.entries({ "node:http": withNode, "web requests": withWeb })) {
  describe(`the adapter for ${name}`, () => {
    const errors: string[] = [];
    const webhookWith = (options: Partial<WebhookOptions> = {}) => {
      errors.length = 0;
      return createWebhook({
        signingKey,
        onError: ({ code }: WebhookError) => errors.push(code),
        ...options,
      });
    };

    it("passes on a call, and responds without content when nothing changes", async () => {
      const ids: (string | undefined)[] = [];
      const handler: WebhookHandler = (call) => void ids.push(toRequest(call, method)?.userId);
      await withAdapter(webhookWith(), handler, async (send) => {
        const { body, headers } = await signWebhook(delivery);
        const response = await send(body, headers);
        assert.deepEqual([response.status, await response.text()], [200, ""]);
        assert.deepEqual(ids, ["1"]);
      });
    });

    it("responds with changed content", async () => {
      const handler: WebhookHandler = (call) =>
        call.kind === "request" ? respondWith(call, method, { userId: "2" }) : undefined;
      await withAdapter(webhookWith(), handler, async (send) => {
        const { body, headers } = await signWebhook(delivery);
        const response = await send(body, headers);
        assert.equal(response.headers.get("content-type"), "application/json");
        assert.deepEqual(await response.json(), { userId: "2" });
      });
    });

    it("makes Zitadel refuse the call", async () => {
      await withAdapter(
        webhookWith(),
        () => refuse(403, "not from there"),
        async (send) => {
          const { body, headers } = await signWebhook(delivery);
          const refusal = { forwardedStatusCode: 403, forwardedErrorMessage: "not from there" };
          assert.deepEqual(await (await send(body, headers)).json(), refusal);
        },
      );
    });

    it("sends a sender other than Zitadel only a status, which is the same whatever is wrong", async () => {
      await withAdapter(
        webhookWith(),
        () => assert.fail("not to be called"),
        async (send) => {
          const { body, headers } = await signWebhook(delivery);
          const { body: _, headers: old } = await signWebhook({ ...delivery, at: 0 });
          const bad = [
            { ...headers, "zitadel-signature": `${headers["zitadel-signature"].slice(0, -1)}x` },
            {
              ...headers,
              "zitadel-signature": headers["zitadel-signature"].replace(/.{64}$/, "0".repeat(64)),
            },
            old,
            { "content-type": "application/json" },
          ];
          for (const headers of bad) {
            const response = await send(body, headers);
            assert.deepEqual([response.status, await response.text()], [401, ""]);
          }
          const codes = [
            "signature_malformed",
            "signature_mismatch",
            "signature_expired",
            "signature_missing",
          ];
          assert.deepEqual(errors, codes);
        },
      );
    });

    it("reads no more than the limit", async () => {
      await withAdapter(
        webhookWith({ maxBodyBytes: 100 }),
        () => assert.fail("not to be called"),
        async (send) => {
          const { body, headers } = await signWebhook({
            ...delivery,
            content: { ...content, filler: "x".repeat(100) },
          });
          assert.equal((await send(body, headers)).status, 413);
          assert.deepEqual(errors, ["body_too_large"]);
        },
      );
    });

    it("refuses other methods and other content", async () => {
      await withAdapter(
        webhookWith(),
        () => assert.fail("not to be called"),
        async (send) => {
          const { body, headers } = await signWebhook(delivery);
          assert.equal((await send(body, headers, "GET")).status, 405);
          assert.equal((await send(body, { ...headers, "content-type": "text/plain" })).status, 415);
          const garbage = await signWebhook({ ...delivery, content: ["not", "it"] });
          assert.equal((await send(garbage.body, garbage.headers)).status, 400);
          assert.deepEqual(errors, ["method_not_allowed", "content_type_unsupported", "payload_malformed"]);
        },
      );
    });

    it("never throws, and sends neither the handler's error nor that of the logger", async () => {
      const secret = new Error("secret");
      const seen: unknown[] = [];
      const onError = (error: WebhookError) => {
        seen.push(error.code, error.cause);
        throw new Error("no disk");
      };
      await withAdapter(
        webhookWith({ onError }),
        () => Promise.reject(secret),
        async (send) => {
          const { body, headers } = await signWebhook(delivery);
          const response = await send(body, headers);
          assert.deepEqual([response.status, await response.text()], [500, ""]);
          assert.deepEqual(seen, ["handler_failed", secret]);
        },
      );
    });

    it("verifies bytes, not text, so that a character may be split over two chunks", async () => {
      const names: unknown[] = [];
      const handler: WebhookHandler = (call) =>
        void names.push(call.kind === "function" && call.content["name"]);
      await withAdapter(webhookWith(), handler, async (send) => {
        const { body, headers } = await signWebhook({
          signingKey,
          content: { function: "f", name: "Zoë 🦊" },
        });
        assert.equal((await send(Buffer.from(body), headers)).status, 200);
        assert.deepEqual(names, ["Zoë 🦊"]);
      });
    });
  });
}

describe("the adapter for node:http", () => {
  it("ends a body without a length that is too large, and responds", async () => {
    const codes: string[] = [];
    const webhook = createWebhook({
      signingKey,
      maxBodyBytes: 1_000,
      onError: ({ code }) => codes.push(code),
    });
    await withNode(
      webhook,
      () => assert.fail("not to be called"),
      async (_, url) => {
        const request = httpRequest(url, { method: "POST", headers: { "content-type": "application/json" } });
        request.on("error", () => {});
        request.flushHeaders();
        request.write("x".repeat(5_000));
        const [response] = await once(request, "response");
        assert.equal(response.statusCode, 413);
        assert.equal(response.headers["connection"], "close");
        assert.deepEqual(codes, ["body_too_large"]);
        request.destroy();
      },
    );
  });
});

describe("the adapter for web requests", () => {
  it("ends a body without a length that is too large", async () => {
    const codes: string[] = [];
    const webhook = createWebhook({
      signingKey,
      maxBodyBytes: 1_000,
      onError: ({ code }) => codes.push(code),
    });
    let pulled = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(400));
      },
    });
    const headers = { "content-type": "application/json" };
    const request = new Request("http://hooks.example.com", {
      method: "POST",
      headers,
      body,
      duplex: "half",
    } as RequestInit);
    assert.equal((await webhook.fetchHandler(() => {})(request)).status, 413);
    assert.ok(pulled < 6);
    assert.deepEqual(codes, ["body_too_large"]);
  });
});
