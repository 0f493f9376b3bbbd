import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, createFileRegistry, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { redactedBody } from "../../src/logging/redacted-body.ts";
import { isSecretName, isSecretNumber } from "../../src/logging/secret-names.ts";

type Fields = Readonly<Record<string, readonly [type: Type | string, label?: Label]>>;

/** A message of a user's own service. */
function message(name: string, fields: Fields, more: Readonly<Record<string, Fields>> = {}): DescMessage {
  const messageType = Object.entries({ ...more, [name]: fields }).map(([typeName, members]) => ({
    name: typeName,
    field: Object.entries(members).map(([field, [type, label = Label.OPTIONAL]], index) => ({
      name: field,
      number: index + 1,
      label,
      type: typeof type === "string" ? Type.MESSAGE : type,
      ...(typeof type === "string" ? { typeName: type } : {}),
    })),
    nestedType: Object.entries(members).flatMap(([field, [type]]) =>
      typeof type === "string" && type.endsWith("Entry") ? [entry(field)] : [],
    ),
  }));
  const file = create(FileDescriptorProtoSchema, {
    name: "own.proto",
    syntax: "proto3",
    package: "own",
    dependency: ["google/protobuf/wrappers.proto"],
    messageType,
  } as MessageInitShape<typeof FileDescriptorProtoSchema>);
  const schema = createFileRegistry(file, () => file_google_protobuf_wrappers).getMessage(`own.${name}`);
  return schema ?? assert.fail(`no message ${name}`);
}

function entry(field: string): object {
  const name = `${field.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
  const part = (partName: string, number: number) => ({
    name: partName,
    number,
    label: Label.OPTIONAL,
    type: Type.STRING,
  });
  return { name, field: [part("key", 1), part("value", 2)], options: { mapEntry: true } };
}

const CANARY = "canary-3f9a71";
const NUMBER = 918273;

function shown(schema: DescMessage, value: Record<string, unknown>): string {
  return JSON.stringify(redactedBody(schema, create(schema, value)));
}

function hidden(schema: DescMessage, value: Record<string, unknown>): void {
  const text = shown(schema, value);
  assert.ok(text.includes("[redacted]"), text);
  assert.doesNotMatch(text, new RegExp(`${CANARY}|${NUMBER}`), text);
}

describe("logBodies shows no secret of the user's own services", () => {
  it("in wrappers, well-known or not", () => {
    hidden(message("A", { api_token: [".google.protobuf.StringValue"] }), { apiToken: CANARY });
    hidden(message("A", { pin: [".google.protobuf.Int64Value"] }), { pin: BigInt(NUMBER) });
    const wrapper = { Text: { text: [Type.STRING] as const } };
    hidden(message("A", { client_secret: [".own.Text"] }, wrapper), { clientSecret: { text: CANARY } });
    const named = { AccessToken: { value: [Type.STRING] as const, kind: [Type.STRING] as const } };
    hidden(message("A", { issued: [".own.AccessToken"] }, named), {
      issued: { value: CANARY, kind: "opaque" },
    });
  });

  it("in lists and plurals", () => {
    for (const name of [
      "tokens",
      "recovery_codes",
      "passwords",
      "api_keys",
      "backup_codes",
      "client_secrets",
    ]) {
      const localName = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      hidden(message("A", { [name]: [Type.STRING, Label.REPEATED] }), { [localName]: [CANARY] });
    }
    hidden(message("A", { recovery_codes: [Type.INT64, Label.REPEATED] }), {
      recoveryCodes: [BigInt(NUMBER)],
    });
  });

  it("in maps: all values in maps of secrets, and those with secret names in others", () => {
    hidden(message("A", { tokens: [".own.A.TokensEntry", Label.REPEATED] }), { tokens: { a: CANARY } });
    const headers = message("A", { headers: [".own.A.HeadersEntry", Label.REPEATED] });
    for (const key of ["Authorization", "x-api-key", "Cookie", "X-Auth-Token", "clientSecret"]) {
      hidden(headers, { headers: { [key]: CANARY } });
    }
    assert.match(shown(headers, { headers: { accept: "text/html" } }), /text\/html/);
  });

  it("in numbers named pin or otp", () => {
    for (const name of ["pin", "otp", "new_pin", "totp", "verification_code"]) {
      const localName = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      hidden(message("A", { [name]: [Type.INT32] }), { [localName]: NUMBER });
    }
  });

  it("in a value that looks like one, whatever its field is called", () => {
    const note = message("A", { note: [Type.STRING] });
    const url = `postgres://me:${CANARY}@db.example/x`;
    assert.equal(shown(note, { note: url }), '{"note":"postgres://me:[redacted]@db.example/x"}');
    hidden(note, { note: `Bearer ${CANARY}` });
  });
});

const SECRET = [
  ..."passwd bearer authorization private_key_pem webhook_url dsn token tokens access_token accessToken authToken".split(
    " ",
  ),
  ..."id_token refresh_token client_secret clientSecret secret_value api_key apiKey apikey x_api_key db_password".split(
    " ",
  ),
  ..."userPassword passwordHash recovery_codes code verification_code session_cookie connection_string".split(
    " ",
  ),
  ..."database_url redis_url otp totp pin jwt pat password_new token2 signing_key secret_access_key credential".split(
    " ",
  ),
  ..."smtp_password proxyAuthorization reset_link service_account_key encryption_key_base64 PASSWORD".split(
    " ",
  ),
];

/** Names that mention secrets but contain none. */
const OPEN = [
  ..."user_id token_type next_page_token page_token password_change_required pinned key_id public_key".split(
    " ",
  ),
  ..."country_code postal_code status_code error_code language_code token_id secret_name code_length".split(
    " ",
  ),
  ..."otp_enabled password_policy token_endpoint authorization_endpoint pinned_message spin passport compass".split(
    " ",
  ),
  ..."key keys name username email phone description created_at pincode_hint hash_algorithm commit_hash".split(
    " ",
  ),
  ..."description_text cookie_name credential_id codename decoded tokenized secretary passenger path patch".split(
    " ",
  ),
  ..."permissions roles organization_id redirect_uris client_id encoding barcode_type session_id event_type".split(
    " ",
  ),
];

describe("isSecretName()", () => {
  it("is true for names of secrets", () => {
    assert.deepEqual(
      SECRET.filter((name) => !isSecretName(name)),
      [],
    );
  });

  it("is false for others, so that these stay visible", () => {
    assert.deepEqual(
      OPEN.filter((name) => isSecretName(name) || isSecretNumber(name)),
      [],
    );
  });

  it("judges a name by its words, in any notation", () => {
    const toCamel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const spellings = [
      toCamel,
      (name: string) => name.toUpperCase(),
      (name: string) => name.replaceAll("_", "-"),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...SECRET, ...OPEN), fc.constantFrom(...spellings), (name, spell) => {
        const snake = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
        assert.equal(isSecretName(spell(snake)), isSecretName(snake), spell(snake));
      }),
    );
  });

  it("does not consider counts of tokens and result codes secrets", () => {
    for (const name of ["code", "codes", "tokens", "total_tokens", "hash", "max_tokens", "status_code"]) {
      assert.equal(isSecretNumber(name), false, name);
    }
  });
});
