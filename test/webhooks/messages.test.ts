import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signWebhook } from "../../src/testing/webhooks.ts";
import { createWebhook, type WebhookCall } from "../../src/webhooks/index.ts";

const signingKey = "a-signing-key";

async function receive(content: object): Promise<WebhookCall> {
  const { body, headers } = await signWebhook({ content, signingKey });
  return await createWebhook({ signingKey }).verify(body, headers["zitadel-signature"]);
}

describe("a call of an HTTP provider", () => {
  const message = {
    contextInfo: {
      eventType: "user.human.email.code.added",
      provider: { id: "7", description: "Our mails" },
      recipientEmailAddress: "ada@example.com",
    },
    templateData: { subject: "Verify email", text: "Use the code 123", url: "https://example.com/verify" },
    args: { code: "123", userID: "1", loginNames: ["ada"] },
  };

  it("for emails contains the recipient, the message, and its template data", async () => {
    assert.deepEqual(await receive(message), {
      kind: "email",
      eventType: "user.human.email.code.added",
      recipient: "ada@example.com",
      provider: { id: "7", description: "Our mails" },
      template: message.templateData,
      args: message.args,
    });
  });

  it("for SMS contains the number", async () => {
    const { recipientEmailAddress: _, ...context } = message.contextInfo;
    const contextInfo = { ...context, recipientPhoneNumber: "+41791234567" };
    const call = await receive({ ...message, contextInfo });
    assert.ok(call.kind === "sms");
    assert.deepEqual(
      [call.recipient, call.template.text, call.args["code"]],
      ["+41791234567", "Use the code 123", "123"],
    );
  });

  it("may omit what is empty, but not the recipient", async () => {
    const call = await receive({ contextInfo: { recipientEmailAddress: "ada@example.com" } });
    assert.ok(call.kind === "email");
    assert.deepEqual([call.eventType, call.provider, call.template], ["", { id: "", description: "" }, {}]);
    await assert.rejects(receive({ contextInfo: {}, args: {} }), { code: "payload_malformed" });
    await assert.rejects(receive({ contextInfo: "x" }), { code: "payload_malformed" });
  });
});
