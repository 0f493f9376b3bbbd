import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type JsonObject, toJson } from "@bufbuild/protobuf";
import { services } from "../../gen/services.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { signWebhook } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  findMethod,
  refuse,
  respondToFunction,
  respondWith,
  toRequest,
  toResponse,
  type WebhookCall,
} from "../../src/webhooks/index.ts";

const { addHumanUser, getUserByID } = UserService.method;
const signingKey = "a-signing-key";

async function receive(content: object): Promise<WebhookCall> {
  const { body, headers } = await signWebhook({ content, signingKey });
  return await createWebhook({ signingKey }).verify(Buffer.from(body), headers["zitadel-signature"]);
}

const about = (rpc: string, more: object = {}) => ({
  fullMethod: `/zitadel.user.v2.UserService/${rpc}`,
  ...more,
});
const request = {
  username: "ada",
  profile: { givenName: "Ada", familyName: "Lovelace", pronouns: "she" },
  newField: 7,
};

describe("a call about an RPC", () => {
  it("has a typed request, even if it comes from a server newer than the descriptor", async () => {
    const call = await receive(
      about("AddHumanUser", { request, headers: { "X-Forwarded-For": ["10.0.0.1"] } }),
    );
    const message = toRequest(call, addHumanUser);
    assert.equal(message?.$typeName, "zitadel.user.v2.AddHumanUserRequest");
    assert.equal(message.profile?.familyName, "Lovelace");
    assert.equal(call.kind === "request" && call.headers.get("x-forwarded-for"), "10.0.0.1");
  });

  it("has a typed response, once there is one", async () => {
    const before = await receive(about("GetUserByID", { request: { userId: "1" } }));
    assert.equal(toResponse(before, getUserByID), undefined);
    const after = await receive(
      about("GetUserByID", { request: { userId: "1" }, response: { user: { userId: "1" } } }),
    );
    assert.equal(after.kind, "response");
    assert.equal(toResponse(after, getUserByID)?.user?.userId, "1");
    assert.equal(toRequest(after, getUserByID)?.userId, "1");
  });

  it("is distinguished from one about another RPC", async () => {
    const call = await receive(about("GetUserByID", { request: { userId: "1" } }));
    assert.equal(toRequest(call, addHumanUser), undefined);
    assert.equal(toRequest(await receive({ function: "f" }), addHumanUser), undefined);
  });

  it("is refused if its content does not match the type", async () => {
    const call = await receive(about("GetUserByID", { request: { userId: { no: "string" } } }));
    assert.throws(() => toRequest(call, getUserByID), { name: "WebhookError", code: "payload_malformed" });
  });

  it("finds its descriptor in generated services", async () => {
    const method = await findMethod(await receive(about("AddHumanUser", { request })), services);
    assert.equal(method, addHumanUser);
    assert.equal(await findMethod(await receive({ fullMethod: "/a.B/C" }), services), undefined);
    assert.equal(await findMethod(await receive({ function: "f" }), services), undefined);
  });
});

describe("a response", () => {
  it("contains the changed request, and unknown fields unchanged", async () => {
    const call = await receive(about("AddHumanUser", { request }));
    assert.ok(call.kind === "request");
    const message = toRequest(call, addHumanUser);
    assert.ok(message);
    message.username = "ada@example.com";
    assert.deepEqual(respondWith(call, addHumanUser, message).json, {
      ...request,
      username: "ada@example.com",
    });
  });

  it("contains the changed response", async () => {
    const call = await receive(about("GetUserByID", { request: {}, response: { user: { userId: "1" } } }));
    assert.ok(call.kind === "response");
    const { json } = respondWith(call, getUserByID, { user: { userId: "1", username: "hidden" } });
    assert.deepEqual(json, { user: { userId: "1", username: "hidden" } });
  });

  it("is protobuf JSON, as Zitadel reads it", async () => {
    const call = await receive(about("AddHumanUser", { request }));
    assert.ok(call.kind === "request");
    const message = toRequest(call, addHumanUser);
    assert.ok(message);
    const { json } = respondWith(call, addHumanUser, message);
    const { newField: _, ...known } = json as JsonObject;
    assert.equal((toJson(addHumanUser.input, message) as JsonObject)["username"], known["username"]);
  });

  it("may add to a token, or refuse the call", () => {
    const response = respondToFunction({
      append_claims: [{ key: "team", value: "blue" }],
      append_log_claims: undefined,
    });
    assert.deepEqual(response.json, { append_claims: [{ key: "team", value: "blue" }] });
    assert.throws(() => refuse(500, "no"), TypeError);
  });
});
