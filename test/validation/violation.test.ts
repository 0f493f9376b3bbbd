import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { services } from "../../gen/services.js";
import { CreateTargetRequestSchema } from "../../gen/zitadel/action/v2beta/action_service_pb.js";
import { AddSecondFactorToLoginPolicyRequestSchema } from "../../gen/zitadel/admin_pb.js";
import { AddMyAuthFactorOTPRequestSchema, SetMyPhoneRequestSchema } from "../../gen/zitadel/auth_pb.js";
import { CreateSessionRequestSchema } from "../../gen/zitadel/session/v2/session_service_pb.js";
import {
  AddHumanUserRequestSchema,
  AddKeyRequestSchema,
  GetUserByIDRequestSchema,
  SetEmailRequestSchema,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import { findViolation } from "../../src/validation/violation.ts";

function check(schema: DescMessage, message: JsonValue): string | undefined {
  return findViolation(schema, fromJson(schema, message));
}

const LONG = "x".repeat(201);
const PROFILE = { givenName: "Ada", familyName: "Lovelace" };
const HOUR = "3600s";

const cases: [sentence: string, schema: DescMessage, message: JsonValue, violation: string | undefined][] = [
  [
    "a string that is too short",
    GetUserByIDRequestSchema,
    { userId: "" },
    "invalid GetUserByIDRequest.UserId: value length must be between 1 and 200 runes, inclusive",
  ],
  [
    "a string that is too long",
    GetUserByIDRequestSchema,
    { userId: LONG },
    "invalid GetUserByIDRequest.UserId: value length must be between 1 and 200 runes, inclusive",
  ],
  [
    "nothing in characters that JavaScript counts twice",
    GetUserByIDRequestSchema,
    { userId: "😀".repeat(200) },
    undefined,
  ],
  [
    "a message that is missing",
    AddHumanUserRequestSchema,
    { profile: PROFILE },
    "invalid AddHumanUserRequest.Email: value is required",
  ],
  [
    "a field of a nested message",
    AddHumanUserRequestSchema,
    { profile: PROFILE, email: { email: "" } },
    "invalid AddHumanUserRequest.Email: embedded message failed validation | caused by: " +
      "invalid SetHumanEmail.Email: value length must be between 1 and 200 runes, inclusive",
  ],
  [
    "nothing in optional fields that are not set",
    AddHumanUserRequestSchema,
    { profile: PROFILE, email: { email: "a@b.test" } },
    undefined,
  ],
  [
    "an invalid address",
    SetEmailRequestSchema,
    { userId: "1", email: "not an address" },
    "invalid SetEmailRequest.Email: value must be a valid email address | caused by: mail: no angle-addr",
  ],
  [
    "a time that is missing",
    AddKeyRequestSchema,
    { userId: "1" },
    "invalid AddKeyRequest.ExpirationDate: value is required",
  ],
  [
    "a duration that is too short",
    CreateSessionRequestSchema,
    { lifetime: "0s" },
    "invalid CreateSessionRequest.Lifetime: value must be greater than 0s",
  ],
  ["nothing in a good duration", CreateSessionRequestSchema, { lifetime: HOUR }, undefined],
  [
    "a duration out of range",
    CreateTargetRequestSchema,
    { name: "n", restWebhook: {}, timeout: "271s", endpoint: "https://example.test" },
    "invalid CreateTargetRequest.Timeout: value must be inside range [0s, 4m30s]",
  ],
  [
    "a oneof without a case",
    CreateTargetRequestSchema,
    { name: "n", timeout: "1s", endpoint: "https://example.test" },
    "invalid CreateTargetRequest.TargetType: value is required",
  ],
  [
    "a value of an enum that is not allowed",
    AddSecondFactorToLoginPolicyRequestSchema,
    {},
    "invalid AddSecondFactorToLoginPolicyRequest.Type: value must not be in list [SECOND_FACTOR_TYPE_UNSPECIFIED]",
  ],
  [
    "a value of an enum that is not defined",
    AddSecondFactorToLoginPolicyRequestSchema,
    { type: 99 },
    "invalid AddSecondFactorToLoginPolicyRequest.Type: value must be one of the defined enum values",
  ],
  [
    "a string without its prefix",
    SetMyPhoneRequestSchema,
    { phone: "0791234567" },
    'invalid SetMyPhoneRequest.Phone: value does not have prefix "+"',
  ],
  ["nothing in an empty request without rules", AddMyAuthFactorOTPRequestSchema, {}, undefined],
];

describe("the field rules find", () => {
  for (const [sentence, schema, message, violation] of cases) {
    it(sentence, () => assert.equal(check(schema, message), violation));
  }
});

describe("the field rules", () => {
  it("of every request of the API can be checked", async () => {
    let checked = 0;
    for (const service of await loadAll(services)) {
      for (const { input } of service.methods) {
        const violation = check(input, {});
        assert.match(violation ?? "invalid X.Y: nothing", /^invalid \w+\.\w+: ./, input.typeName);
        checked++;
      }
    }
    assert.ok(checked > 800, `${checked} requests`);
  });
});

interface Service {
  readonly methods: readonly { readonly input: DescMessage }[];
}

async function loadAll(tree: object): Promise<Service[]> {
  const found = await Promise.all(
    Object.entries(tree).map(async ([name, value]) =>
      name === "$service" ? [(await value.load()) as Service] : await loadAll(value),
    ),
  );
  return found.flat();
}
