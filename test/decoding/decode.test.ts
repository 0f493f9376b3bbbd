import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { BytesValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { UserSchema } from "../../gen/zitadel/user/v2/user_pb.js";
import { GetUserByIDResponseSchema } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { readPinnedApi } from "../../src/codegen/sources/pin.ts";
import { decode } from "../../src/decoding/decode.ts";
import { arbitraryBytes } from "./support/arbitrary-bytes.ts";
import { everyKind } from "./support/kinds.ts";

/** The result of decoding: the message, or that the bytes are refused. */
function outcome(read: () => object): unknown {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error);
    return "refused";
  }
}

function assertSame(type: DescMessage, bytes: Uint8Array): void {
  const expected = outcome(() => fromBinary(type, bytes));
  assert.deepEqual(
    outcome(() => decode(type, bytes)),
    expected,
    type.typeName,
  );
}

function nested(types: readonly DescMessage[]): DescMessage[] {
  return types.flatMap((type) => [type, ...nested(type.nestedMessages)]);
}

describe("decode", () => {
  it("returns the same as protobuf-es, for every message of the API", async () => {
    const types = nested((await readPinnedApi()).files.flatMap(({ messages }) => messages));
    assert.ok(types.length > 2500);
    for (const type of types) {
      fc.assert(
        fc.property(arbitraryBytes(type), (bytes) => assertSame(type, bytes)),
        { numRuns: 3 },
      );
    }
  });

  it("returns the same as protobuf-es, for every kind of field", () => {
    const type = everyKind();
    fc.assert(
      fc.property(arbitraryBytes(type), (bytes) => assertSame(type, bytes)),
      { numRuns: 2000 },
    );
  });

  it("returns each string correctly, among many similar ones", () => {
    const unit = fc.constantFrom("a", "b", "é", "€", "😀");
    const texts = fc.array(fc.string({ unit, maxLength: 30 }), { minLength: 200, maxLength: 300 });
    fc.assert(
      fc.property(texts, (loginNames) => {
        const bytes = toBinary(UserSchema, create(UserSchema, { loginNames }));
        assert.deepEqual(decode(UserSchema, bytes).loginNames, loginNames);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses what protobuf-es refuses, wherever a response is truncated or altered", () => {
    const damage = fc.record({ at: fc.nat(), bytes: fc.uint8Array({ maxLength: 2 }), cut: fc.boolean() });
    fc.assert(
      fc.property(arbitraryBytes(UserSchema), damage, (bytes, { at, bytes: inserted, cut }) => {
        const place = at % (bytes.length + 1);
        const rest = cut ? [] : bytes.subarray(place);
        assertSame(UserSchema, new Uint8Array([...bytes.subarray(0, place), ...inserted, ...rest]));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps unknown fields, for a message that is sent on", () => {
    const bytes = new BinaryWriter()
      .tag(15_000, WireType.LengthDelimited)
      .string("of a newer server")
      .finish();
    assert.deepEqual(toBinary(UserSchema, decode(UserSchema, bytes)), bytes);
  });

  it("shares nothing between messages", () => {
    const empty = new Uint8Array(0);
    const user = decode(UserSchema, empty);
    user.loginNames.push("ada");
    user.type.case = "human";
    assert.deepEqual(decode(UserSchema, empty), create(UserSchema));
  });

  it("refuses messages that are nested too deeply, rather than exhaust the stack", () => {
    const type = everyKind();
    const self = type.fields.find(({ message, fieldKind }) => message === type && fieldKind === "message");
    const deep = (levels: number) => {
      let bytes: Uint8Array = new Uint8Array(0);
      for (let i = 1; i < levels; i++) {
        bytes = new BinaryWriter()
          .tag(self?.number ?? 0, WireType.LengthDelimited)
          .bytes(bytes)
          .finish();
      }
      return bytes;
    };
    decode(type, deep(100));
    assert.throws(() => decode(type, deep(101)), /test\.Everything is nested more than 100 deep/);
  });

  it("counts the depth also through fields that protobuf-es decodes", () => {
    const type = everyKind();
    const field = (path: { number: number } | undefined, bytes: Uint8Array) =>
      new BinaryWriter()
        .tag(path?.number ?? 0, WireType.LengthDelimited)
        .bytes(bytes)
        .finish();
    const self = type.fields.find(({ message, fieldKind }) => message === type && fieldKind === "message");
    const map = type.fields.find(({ name }) => name === "messages");
    for (const below of [30, 60]) {
      let bytes: Uint8Array = new Uint8Array(0);
      for (let i = 0; i < below; i++) bytes = field(self, bytes);
      bytes = field(map, field({ number: 2 }, bytes));
      for (let i = 0; i < 50; i++) bytes = field(self, bytes);
      assertSame(type, bytes);
    }
  });

  it("returns bytes as plain Uint8Arrays, also from a Buffer", () => {
    const bytes = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(new Uint8Array([1]))
      .finish();
    assert.deepEqual(decode(BytesValueSchema, Buffer.from(bytes)).value, new Uint8Array([1]));
  });

  it("reads views into larger buffers", () => {
    const message = create(GetUserByIDResponseSchema, { user: { username: "ada" } });
    const bytes = toBinary(GetUserByIDResponseSchema, message);
    const view = new Uint8Array([0, ...bytes, 0]).subarray(1, -1);
    assert.deepEqual(decode(GetUserByIDResponseSchema, view), message);
  });
});
