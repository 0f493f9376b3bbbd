import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";

/** Writes a part of a message. */
type Write = (writer: BinaryWriter) => unknown;

const int32 = fc.integer();
const uint32 = fc.nat({ max: 0xffff_ffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 50 }), fc.constant("\ufffd"));

const scalars: Readonly<Record<ScalarType, fc.Arbitrary<Write>>> = {
  [ScalarType.BOOL]: fc.boolean().map((value) => (writer) => writer.bool(value)),
  [ScalarType.BYTES]: fc.uint8Array().map((value) => (writer) => writer.bytes(value)),
  [ScalarType.DOUBLE]: fc.double().map((value) => (writer) => writer.double(value)),
  [ScalarType.FIXED32]: uint32.map((value) => (writer) => writer.fixed32(value)),
  [ScalarType.FIXED64]: uint64.map((value) => (writer) => writer.fixed64(value)),
  [ScalarType.FLOAT]: fc.float().map((value) => (writer) => writer.float(value)),
  [ScalarType.INT32]: int32.map((value) => (writer) => writer.int32(value)),
  [ScalarType.INT64]: int64.map((value) => (writer) => writer.int64(value)),
  [ScalarType.SFIXED32]: int32.map((value) => (writer) => writer.sfixed32(value)),
  [ScalarType.SFIXED64]: int64.map((value) => (writer) => writer.sfixed64(value)),
  [ScalarType.SINT32]: int32.map((value) => (writer) => writer.sint32(value)),
  [ScalarType.SINT64]: int64.map((value) => (writer) => writer.sint64(value)),
  [ScalarType.STRING]: text.map((value) => (writer) => writer.string(value)),
  [ScalarType.UINT32]: uint32.map((value) => (writer) => writer.uint32(value)),
  [ScalarType.UINT64]: uint64.map((value) => (writer) => writer.uint64(value)),
};

const SCALAR_WIRE_TYPES: { readonly [type in ScalarType]?: WireType } = {
  [ScalarType.BYTES]: WireType.LengthDelimited,
  [ScalarType.STRING]: WireType.LengthDelimited,
  [ScalarType.DOUBLE]: WireType.Bit64,
  [ScalarType.FIXED64]: WireType.Bit64,
  [ScalarType.SFIXED64]: WireType.Bit64,
  [ScalarType.FLOAT]: WireType.Bit32,
  [ScalarType.FIXED32]: WireType.Bit32,
  [ScalarType.SFIXED32]: WireType.Bit32,
};

/**
 * Bytes of a message as any server may write it: fields in any order, in parts, repeatedly, lists packed or not,
 * and fields that this client does not know.
 */
export function arbitraryBytes(type: DescMessage, depth = 0): fc.Arbitrary<Uint8Array> {
  const known = type.fields.filter((field) => depth < 3 || field.message === undefined);
  const fields = [...known.map((field) => arbitraryField(field, depth)), unknownField(type)];
  return fc.array(fc.oneof(...fields), { maxLength: 8 }).map(written);
}

function written(parts: readonly Write[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const write of parts) write(writer);
  return writer.finish();
}

function tagged(number: number, wireType: WireType, value: fc.Arbitrary<Write>): fc.Arbitrary<Write> {
  return value.map((write) => (writer) => write(writer.tag(number, wireType)));
}

function scalarField(number: number, type: ScalarType): fc.Arbitrary<Write> {
  return tagged(number, SCALAR_WIRE_TYPES[type] ?? WireType.Varint, scalars[type]);
}

/** Created lazily, since types may contain themselves. */
function arbitraryField(field: DescField, depth: number): fc.Arbitrary<Write> {
  return fc.constant(field).chain(() => {
    const { number } = field;
    if (field.fieldKind === "map") return mapEntry(field, depth);
    if (field.message !== undefined)
      return messageField(number, field.message, field.delimitedEncoding, depth);
    if (field.enum !== undefined && !field.enum.open) return knownValue(number, field.enum);
    const scalar = field.scalar ?? ScalarType.INT32;
    const one = scalarField(number, scalar);
    const packable = SCALAR_WIRE_TYPES[scalar] !== WireType.LengthDelimited;
    return field.fieldKind === "list" && packable ? fc.oneof(one, packed(number, scalar)) : one;
  });
}

/** Where protobuf-es finds an unknown value and an unknown field in one message, it drops the value. */
function knownValue(number: number, { values }: DescEnum): fc.Arbitrary<Write> {
  const known = fc.constantFrom(...values.map((value) => value.number));
  return known.map((value) => (writer) => writer.tag(number, WireType.Varint).int32(value));
}

function packed(number: number, type: ScalarType): fc.Arbitrary<Write> {
  const values = fc.array(scalars[type], { maxLength: 3 }).map(written);
  return tagged(
    number,
    WireType.LengthDelimited,
    values.map((bytes) => (writer) => writer.bytes(bytes)),
  );
}

function messageField(
  number: number,
  type: DescMessage,
  delimited: boolean,
  depth: number,
): fc.Arbitrary<Write> {
  return arbitraryBytes(type, depth + 1).map((bytes) => (writer) => {
    if (!delimited) return writer.tag(number, WireType.LengthDelimited).bytes(bytes);
    writer.tag(number, WireType.StartGroup).raw(bytes);
    return writer.tag(number, WireType.EndGroup);
  });
}

function mapEntry(field: DescField & { fieldKind: "map" }, depth: number): fc.Arbitrary<Write> {
  const value =
    field.message === undefined
      ? scalarField(2, field.scalar ?? ScalarType.INT32)
      : messageField(2, field.message, false, depth);
  const entry = fc.shuffledSubarray([0, 1]).chain((parts) => {
    const both = [scalarField(1, field.mapKey), value] as const;
    return fc.tuple(...parts.map((part) => both[part] as fc.Arbitrary<Write>)).map(written);
  });
  return tagged(
    field.number,
    WireType.LengthDelimited,
    entry.map((bytes) => (writer) => writer.bytes(bytes)),
  );
}

/** Like a newer server; sometimes with a group around it, as only old ones sent. */
function unknownField(type: DescMessage): fc.Arbitrary<Write> {
  const number = Math.max(0, ...type.fields.map((field) => field.number)) + 1;
  const scalar = fc.constantFrom(...(Object.keys(scalars).map(Number) as ScalarType[]));
  return scalar
    .chain((each) => scalarField(number, each))
    .chain((field) =>
      fc.boolean().map((grouped) => (writer: BinaryWriter) => {
        if (!grouped) return field(writer);
        field(writer.tag(number, WireType.StartGroup));
        return writer.tag(number, WireType.EndGroup);
      }),
    );
}
