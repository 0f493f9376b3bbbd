import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { signWebhook } from "../../src/testing/webhooks.ts";
import { createWebhook } from "../../src/webhooks/index.ts";

const signingKey = "a-signing-key";
const content = { function: "f" };

describe("without onError", () => {
  it("logs a failing handler to stderr each time, but what anybody may send only once per code", async () => {
    const error = mock.method(console, "error", () => {});
    try {
      const webhook = createWebhook({ signingKey });
      const handle = webhook.fetchHandler(() => Promise.reject(new Error("no database")));
      const { body, headers } = await signWebhook({ signingKey, content });
      const send = async (headers: Record<string, string>, read = false): Promise<number> => {
        const request = new Request("https://hooks.example.com", { method: "POST", body, headers });
        if (read) await request.text();
        return (await handle(request)).status;
      };
      const json = { "content-type": "application/json" };
      const statuses = [
        await send(headers),
        await send(json),
        await send(json),
        await send(headers, true),
        await send(headers, true),
        await send(headers),
      ];
      assert.deepEqual(statuses, [500, 401, 401, 500, 500, 500]);
      const written = error.mock.calls.map(({ arguments: [text, reason] }) => [text, reason.code]);
      assert.deepEqual(written, [
        ["zitadel-connect: webhook: handler_failed:", "handler_failed"],
        ["zitadel-connect: webhook: signature_missing:", "signature_missing"],
        ["zitadel-connect: webhook: body_parsed:", "body_parsed"],
        ["zitadel-connect: webhook: handler_failed:", "handler_failed"],
      ]);
      assert.equal(error.mock.calls[0]?.arguments[1].cause.message, "no database");
    } finally {
      error.mock.restore();
    }
  });
});
