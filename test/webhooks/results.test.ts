import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { signWebhook } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  refuse,
  respondToFunction,
  respondWith,
  type WebhookError,
  type WebhookHandler,
} from "../../src/webhooks/index.ts";

const signingKey = "a-signing-key";
const { getUserByID, deleteUser } = UserService.method;

const request = { fullMethod: "/zitadel.user.v2.UserService/GetUserByID", request: { userId: "1" } };
const CONTENTS = {
  request,
  response: { ...request, response: { user: { userId: "1" } } },
  function: { function: "function/preaccesstoken" },
  event: { event_type: "user.human.added", aggregateID: "1" },
  email: { contextInfo: { recipientEmailAddress: "ada@example.com" } },
  sms: { contextInfo: { recipientPhoneNumber: "+41791234567" } },
};

/** The response to a call of a kind, and the errors, for what a handler returns. */
async function respond(kind: keyof typeof CONTENTS, handler: (...args: never[]) => unknown) {
  const errors: WebhookError[] = [];
  const webhook = createWebhook({ signingKey, onError: (error) => errors.push(error) });
  const { body, headers } = await signWebhook({ signingKey, content: CONTENTS[kind] });
  // What JavaScript may return, though the type forbids it.
  const handle = webhook.fetchHandler(handler as unknown as WebhookHandler);
  const response = await handle(new Request("https://hooks.example.com", { method: "POST", body, headers }));
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text), errors };
}

describe("nothing that a handler returns by mistake becomes a 200", () => {
  const MISTAKES: Readonly<Record<string, [unknown, string]>> = {
    "a Response": [new Response(null, { status: 403 }), "a Response with the status 403"],
    "a Response that is ok": [Response.json({}), "a Response with the status 200"],
    "a plain object": [{ forwardedStatusCode: 403 }, "an object"],
    "an object that looks like a response": [{ json: { forwardedStatusCode: 403 } }, "an object"],
    "an array": [[], "an array"],
    false: [false, "a boolean"],
    true: [true, "a boolean"],
    "a string": ["no", "a string"],
    "an empty string": ["", "an empty string"],
    null: [null, "null"],
    "a number": [0, "a number"],
    "an error": [new Error("no"), "an object"],
    "the function that refuses": [refuse, "a function"],
  };
  for (const [name, [result, seen]] of Object.entries(MISTAKES)) {
    it(`as ${name}`, async () => {
      for (const handler of [() => result, () => Promise.resolve(result)]) {
        const { status, json, errors } = await respond("request", handler);
        assert.deepEqual([status, json], [500, undefined]);
        assert.deepEqual(
          errors.map(({ code, message }) => [code, message]),
          [
            [
              "result_invalid",
              `the handler returned ${seen}; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns`,
            ],
          ],
        );
      }
    });
  }

  it("not even a result for a call of another kind", async () => {
    const forFunctions = await respond("request", () => respondToFunction({ append_claims: [] }));
    assert.equal(forFunctions.status, 500);
    assert.match(
      forFunctions.errors[0]?.message ?? "",
      /the result of respondToFunction\(\) for .* "request"/,
    );
    let result: unknown;
    await respond("request", (call) => {
      result = respondWith(call, getUserByID, { userId: "2" });
    });
    for (const kind of ["response", "function", "event", "email", "sms"] as const) {
      assert.equal((await respond(kind, () => result)).status, 500, kind);
    }
  });

  it("not even a change of another RPC's request", async () => {
    const { status, errors } = await respond("request", (call) =>
      respondWith(call, deleteUser, { userId: "2" }),
    );
    assert.equal(status, 500);
    assert.deepEqual(
      errors.map(({ cause }) => String(cause)),
      [
        "TypeError: respondWith(): the call is about /zitadel.user.v2.UserService/GetUserByID; expected /zitadel.user.v2.UserService/DeleteUser",
      ],
    );
  });
});

describe("what a handler may return", () => {
  it("is nothing, which changes nothing, for a call of any kind", async () => {
    for (const kind of Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]) {
      const { status, json, errors } = await respond(kind, () => {});
      assert.deepEqual([status, json, errors], [200, undefined, []], kind);
    }
  });

  it("is refuse(), whose body matters to Zitadel for targets, and whose status for messages", async () => {
    const body = { forwardedStatusCode: 409, forwardedErrorMessage: "no" };
    for (const kind of Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]) {
      const { status, json } = await respond(kind, () => refuse(409, "no"));
      const expected = kind === "email" || kind === "sms" ? [409, undefined] : [200, body];
      assert.deepEqual([status, json], expected, kind);
    }
  });

  it("looks like the JSON that it represents", () => {
    assert.deepEqual(refuse(403, "no"), {
      json: { forwardedStatusCode: 403, forwardedErrorMessage: "no" },
    });
  });
});
