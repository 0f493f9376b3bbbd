import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { Gender } from "../../gen/zitadel/user/v2/user_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { signWebhook } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  type RequestCall,
  type ResponseCall,
  respondWith,
  toRequest,
  toResponse,
} from "../../src/webhooks/index.ts";

const { addHumanUser, listUsers, listAuthenticationMethodTypes } = UserService.method;
const signingKey = "a-signing-key";

async function receive(content: object) {
  const { body, headers } = await signWebhook({ content, signingKey });
  return await createWebhook({ signingKey }).verify(body, headers["zitadel-signature"]);
}

async function receiveRequest(rpc: string, request: JsonObject): Promise<RequestCall> {
  const call = await receive({ fullMethod: `/zitadel.user.v2.UserService/${rpc}`, request });
  assert.ok(call.kind === "request");
  return call;
}

async function receiveResponse(rpc: string, response: JsonObject): Promise<ResponseCall> {
  const call = await receive({ fullMethod: `/zitadel.user.v2.UserService/${rpc}`, request: {}, response });
  assert.ok(call.kind === "response");
  return call;
}

const user = (id: string, more: object = {}) => ({ userId: id, username: `user-${id}`, ...more });

describe("respondWith() keeps what a newer server sent", () => {
  const list = {
    totalShown: 3,
    result: [
      user("1", { badge: "gold" }),
      user("2"),
      user("3", { human: { profile: { givenName: "Ada", gender: "GENDER_NEW", pronouns: ["she"] } } }),
    ],
  };
  const [first, second, third] = list.result;

  it("in fields within lists, however the list changes", async () => {
    const call = await receiveResponse("ListUsers", list);
    const response = () => {
      const message = toResponse(call, listUsers);
      assert.ok(message);
      return message;
    };
    assert.deepEqual(respondWith(call, listUsers, response()).json, list);
    const { result } = response();
    assert.deepEqual(respondWith(call, listUsers, { ...response(), result: result.toReversed() }).json, {
      ...list,
      result: [third, second, first],
    });
    const hidden = result.map((each) => ({ ...each, username: "hidden" }));
    assert.deepEqual(respondWith(call, listUsers, { ...response(), result: hidden }).json, {
      ...list,
      result: list.result.map((each) => ({ ...each, username: "hidden" })),
    });
    assert.deepEqual(respondWith(call, listUsers, { ...response(), result: result.slice(2) }).json, {
      ...list,
      result: [third],
    });
    const added = create(listUsers.output, { result: [{ userId: "4" }] }).result;
    assert.deepEqual(respondWith(call, listUsers, { ...response(), result: [...added, ...result] }).json, {
      ...list,
      result: [{ userId: "4" }, first, second, third],
    });
  });

  it("in elements that are equal, even if they were created again", async () => {
    const call = await receiveResponse("ListUsers", list);
    const copy = fromJson(
      listUsers.output,
      { result: [user("1"), user("2")] },
      { ignoreUnknownFields: true },
    );
    assert.deepEqual((respondWith(call, listUsers, copy).json as JsonObject)["result"], [first, second]);
    const other = respondWith(call, listUsers, { result: [{ userId: "1", username: "another" }] });
    assert.deepEqual((other.json as JsonObject)["result"], [{ userId: "1", username: "another" }]);
  });

  it("in values of enums, unless the handler has set another", async () => {
    const request = {
      username: "ada",
      profile: { givenName: "Ada", familyName: "Lovelace", gender: "GENDER_NEW" },
    };
    const call = await receiveRequest("AddHumanUser", request);
    const message = toRequest(call, addHumanUser);
    assert.ok(message?.profile);
    assert.deepEqual(respondWith(call, addHumanUser, { ...message, username: "bea" }).json, {
      ...request,
      username: "bea",
    });
    message.profile.gender = Gender.DIVERSE;
    assert.deepEqual(respondWith(call, addHumanUser, message).json, {
      ...request,
      profile: { ...request.profile, gender: "GENDER_DIVERSE" },
    });
  });

  it("in lists of enums", async () => {
    const [known, other] = ["AUTHENTICATION_METHOD_TYPE_PASSWORD", "AUTHENTICATION_METHOD_TYPE_TOTP"];
    const authMethodTypes = [known, "AUTHENTICATION_METHOD_TYPE_NEW", other];
    const call = await receiveResponse("ListAuthenticationMethodTypes", { authMethodTypes });
    const message = toResponse(call, listAuthenticationMethodTypes);
    assert.ok(message);
    assert.equal(message.authMethodTypes.length, 2);
    const same = respondWith(call, listAuthenticationMethodTypes, message);
    assert.deepEqual(same.json, { authMethodTypes });
    message.authMethodTypes.shift();
    const shorter = respondWith(call, listAuthenticationMethodTypes, message);
    assert.deepEqual(shorter.json, { authMethodTypes: [other, "AUTHENTICATION_METHOD_TYPE_NEW"] });
  });

  it("but does not restore what the handler has removed", async () => {
    const call = await receiveRequest("AddHumanUser", {
      username: "ada",
      email: { email: "ada@example.com", isVerified: true, priority: 1 },
      metadata: [{ key: "a", value: "YQ==", origin: "import" }],
    });
    const message = toRequest(call, addHumanUser);
    assert.ok(message?.email);
    message.email.verification = { case: undefined };
    assert.deepEqual(respondWith(call, addHumanUser, { ...message, metadata: [] }).json, {
      username: "ada",
      email: { email: "ada@example.com", priority: 1 },
    });
  });

  it("and shows nothing of it in messages without unknown content", async () => {
    const json = { profile: { givenName: "Ada", familyName: "Lovelace" }, metadata: [{ key: "a" }] };
    const call = await receiveRequest("AddHumanUser", json);
    const message = toRequest(call, addHumanUser);
    assert.deepEqual(message, fromJson(addHumanUser.input, json));
    assert.deepEqual(message && toJson(addHumanUser.input, message), json);
  });
});

describe("respondWith() accepts what requests accept", () => {
  it("dates and names of enums, while unknown fields next to them stay", async () => {
    const call = await receiveResponse("ListUsers", { result: [user("1", { badge: "gold" })] });
    const response = toResponse(call, listUsers);
    const [first] = response?.result ?? [];
    assert.ok(first);
    const details = { timestamp: new Date("2031-05-06T07:08:09Z") };
    const { json } = respondWith(call, listUsers, {
      details,
      result: [{ ...first, state: "USER_STATE_LOCKED" }],
    });
    assert.deepEqual(json, {
      details: { timestamp: "2031-05-06T07:08:09Z" },
      result: [user("1", { badge: "gold", state: "USER_STATE_LOCKED" })],
    });
  });

  it("but no unknown field", async () => {
    const call = await receiveRequest("AddHumanUser", {});
    const misspelt = { profile: { given_name: "Ada" } } as object;
    assert.throws(() => respondWith(call, addHumanUser, misspelt), {
      name: "TypeError",
      message:
        "respondWith(): profile.given_name is not a field of zitadel.user.v2.SetHumanProfile; did you mean givenName?",
    });
  });
});
