import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { UnknownField } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { type FindField, sortInWireOrder } from "../../src/codegen/canonical/wire-order.ts";

const field = (no: number, bytes: Uint8Array): UnknownField => ({
  no,
  wireType: WireType.LengthDelimited,
  data: new BinaryWriter().bytes(bytes).finish(),
});
const encode = (fields: readonly UnknownField[]) => {
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of fields) writer.tag(no, wireType).raw(data);
  return writer.finish();
};
const hex = (fields: readonly UnknownField[]) => Buffer.from(encode(fields)).toString("hex");

/** Field 1 is a map of messages of this type, 2 a message of this type, 3 a list of them. */
const find: FindField = (number) => {
  if (number === 1) return { kind: "map", find: (no) => (no === 2 ? { kind: "one", find } : undefined) };
  if (number === 2) return { kind: "one", find };
  return number === 3 ? { kind: "list", find } : undefined;
};

interface Tree {
  readonly map: Readonly<Record<string, Tree>>;
  readonly one: Tree | undefined;
  readonly list: readonly Tree[];
  readonly text: string;
}

const tree = (depth: number): fc.Arbitrary<Tree> =>
  fc.record({
    map:
      depth === 0
        ? fc.constant({})
        : fc.dictionary(fc.string({ maxLength: 2 }), tree(depth - 1), { maxKeys: 3 }),
    one: depth === 0 ? fc.constant(undefined) : fc.option(tree(depth - 1), { nil: undefined }),
    list: depth === 0 ? fc.constant([]) : fc.array(tree(depth - 1), { maxLength: 2 }),
    text: fc.string({ maxLength: 3 }),
  });

/** Encodes everything that is unordered in an order that `shuffle` chooses. */
function encodeFields({ map, one, list, text }: Tree, shuffle: <T>(list: T[]) => T[]): UnknownField[] {
  const entries = Object.entries(map).map(([key, value]) =>
    field(1, encode(shuffle([field(1, Buffer.from(key)), field(2, encode(encodeFields(value, shuffle)))]))),
  );
  const groups = [
    ...shuffle(entries).map((entry) => [entry]),
    one === undefined ? [] : [field(2, encode(encodeFields(one, shuffle)))],
    list.map((item) => field(3, encode(encodeFields(item, shuffle)))),
    [field(9, Buffer.from(text))],
  ];
  return shuffle(groups).flat();
}

describe("the order of encoded fields", () => {
  it("is the same, whatever order a message was encoded in, at any depth", () => {
    fc.assert(
      fc.property(tree(3), fc.infiniteStream(fc.nat(1000)), (value, seeds) => {
        const shuffle = <T>(list: T[]): T[] => {
          const [seed = 0] = seeds.take(1);
          return list.length < 2
            ? list
            : [...list.slice(seed % list.length), ...list.slice(0, seed % list.length)];
        };
        const plain = sortInWireOrder(
          encodeFields(value, (list) => list),
          find,
        );
        assert.equal(hex(sortInWireOrder(encodeFields(value, shuffle), find)), hex(plain));
        assert.equal(hex(sortInWireOrder(plain, find)), hex(plain));
      }),
    );
  });

  it("keeps the order of lists, and everything unknown, byte for byte", () => {
    const list = [
      field(3, encode([field(9, Buffer.from("b"))])),
      field(3, encode([field(9, Buffer.from("a"))])),
    ];
    assert.equal(hex(sortInWireOrder(list, find)), hex(list));
    const unknown = [field(7, Buffer.from([0xff, 0xff])), field(7, Buffer.from([0x00]))];
    assert.equal(hex(sortInWireOrder(unknown, find)), hex(unknown));
  });

  it("joins a message that was sent in parts", () => {
    const parts = [
      field(2, encode([field(9, Buffer.from("a"))])),
      field(2, encode([field(8, Buffer.from("b"))])),
    ];
    const whole = [field(2, encode([field(8, Buffer.from("b")), field(9, Buffer.from("a"))]))];
    assert.equal(hex(sortInWireOrder(parts, find)), hex(whole));
  });

  it("sends numbers one by one, however they were encoded", () => {
    const varint = (value: number): UnknownField => ({
      no: 5,
      wireType: WireType.Varint,
      data: new BinaryWriter().uint32(value).finish(),
    });
    const numbers: FindField = () => ({ kind: "numbers", wireType: WireType.Varint });
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(5), (values, at) => {
        const packed = new BinaryWriter();
        for (const value of values.slice(0, at)) packed.uint32(value);
        const mixed = [field(5, packed.finish()), ...values.slice(at).map(varint)];
        assert.equal(hex(sortInWireOrder(mixed, numbers)), hex(values.map(varint)));
      }),
    );
  });

  it("does not change malformed messages", () => {
    const broken = [field(2, Buffer.from([0xff, 0xff, 0xff]))];
    assert.equal(hex(sortInWireOrder(broken, find)), hex(broken));
    const numbers = sortInWireOrder(broken, () => ({ kind: "numbers", wireType: WireType.Varint }));
    assert.equal(hex(numbers), hex(broken));
  });
});
