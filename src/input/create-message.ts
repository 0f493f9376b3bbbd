import { create, type DescField, type DescMessage, type DescOneof, type Message } from "@bufbuild/protobuf";
import { readDuration } from "./duration.ts";
import { enumReader } from "./enum-name.ts";
import { describeInput, InputProblem, isPlain, mismatch } from "./input-problem.ts";
import { scalarReader } from "./scalar.ts";
import { readTimestamp } from "./timestamp.ts";
import { unknownField } from "./unknown-field.ts";

/**
 * Creates a message from what was passed as one, which may have a `Date` or a string for a Timestamp, a number or a string
 * for a Duration, and names for enums, at any depth. Or finds what would silently be sent as something empty: a name that
 * is not a field, or an object that is not the expected message. Never changes what was passed.
 */
export function createMessage(type: DescMessage, input: object | undefined): Message | InputProblem {
  const read = input === undefined ? undefined : readerFor(type)(input);
  if (read instanceof InputProblem) return read;
  return create(type, read as Readonly<Record<string, unknown>> | undefined);
}

/** Returns what protobuf-es accepts as a value: the value itself, unless something in it must be converted. */
type Read = (value: unknown) => unknown;

type Fields = Readonly<Record<string, unknown>>;

const readers = new WeakMap<DescMessage, Read>();

/** The reader of a type is created once, and knows which fields need no check. */
function readerFor(type: DescMessage): Read {
  let reader = readers.get(type);
  if (reader === undefined) {
    reader = messageReader(type);
    readers.set(type, reader);
  }
  return reader;
}

/** Readers of the types that can be passed as something other than a message. */
const CONVERSIONS: Readonly<Record<string, Read>> = {
  "google.protobuf.Timestamp": readTimestamp,
  "google.protobuf.Duration": readDuration,
};

function messageReader(type: DescMessage): Read {
  const { typeName } = type;
  const members = new Map(type.members.map((member) => [member.localName, memberReader(member)]));
  const readOther =
    CONVERSIONS[typeName] ??
    ((value) =>
      hasMember(type, value)
        ? readInstance(value, members)
        : mismatch(describeInput(value), `an object with the fields of ${typeName}`));
  return (value) => {
    if (!isPlain(value)) return readOther(value);
    const { $typeName = typeName } = value;
    return $typeName === typeName ? readFields(type, value, members) : readOther(value);
  };
}

type Members = ReadonlyMap<string, Read | undefined>;

/** The keys of an object are its fields. Conversions are made in a copy. */
function readFields(type: DescMessage, fields: Fields, members: Members): Fields | InputProblem {
  let copy: Record<string, unknown> | undefined;
  for (const key in fields) {
    const given = fields[key];
    if (given === undefined || given === null) continue;
    const readMember = members.get(key);
    if (readMember === undefined) {
      if (members.has(key) || key === "$typeName" || key === "$unknown") continue;
      return unknownField(type, key);
    }
    const read = readMember(given);
    if (read === given) continue;
    if (read instanceof InputProblem) return read;
    copy ??= Object.assign(Object.create(Object.getPrototypeOf(fields)) as Record<string, unknown>, fields);
    copy[key] = read;
  }
  return copy ?? fields;
}

/** Whether an instance of a user's class has any of the fields, which may be accessors. It may have other properties, too. */
function hasMember(type: DescMessage, value: unknown): value is Fields {
  if (typeof value !== "object" || value === null || isPlain(value)) return false;
  return type.members.some(({ localName }) => localName in value);
}

function readInstance(instance: Fields, members: Members): Fields | InputProblem {
  const fields: Record<string, unknown> = {};
  for (const [key, readMember] of members) {
    const given = instance[key];
    if (given === undefined || given === null) continue;
    const read = readMember === undefined ? given : readMember(given);
    if (read instanceof InputProblem) return read;
    fields[key] = read;
  }
  return fields;
}

/** Returns undefined if a member needs no reader. */
function memberReader(member: DescField | DescOneof): Read | undefined {
  if (member.kind === "oneof") return oneofReader(member);
  const read = fieldReader(member);
  return read && ((value) => within(read(value), member.name, member.localName));
}

function within(read: unknown, name: string, localName: string): unknown {
  return read instanceof InputProblem ? read.within(name, localName) : read;
}

/** Problems are reported relative to the message around the oneof, which is not a field itself. */
function oneofReader({ name, localName, fields }: DescOneof): Read {
  const cases = new Map<unknown, { readonly field: DescField; readonly read: Read | undefined }>(
    fields.map((field) => [field.localName, { field, read: fieldReader(field) }]),
  );
  const expected = `{ case, value } with one of the cases ${[...cases.keys()].join(", ")}`;
  return (given) => {
    const oneof = given as { readonly case?: unknown; readonly value?: unknown };
    const chosen = cases.get(oneof.case);
    if (chosen === undefined) {
      return isUnset(given) ? given : mismatch(describeInput(given), expected).within(name, localName);
    }
    const { value } = oneof;
    if (chosen.read === undefined || value === undefined || value === null) return given;
    const read = within(chosen.read(value), chosen.field.name, `${localName}.value`);
    if (read === value) return given;
    return read instanceof InputProblem ? read : { case: oneof.case, value: read };
  };
}

function isUnset(oneof: unknown): boolean {
  return isPlain(oneof) && Object.values(oneof).every((value) => value === undefined || value === null);
}

function fieldReader(field: DescField): Read | undefined {
  const readValue = valueReader(field);
  if (field.fieldKind === "list") return (value) => readList(value, readValue);
  if (field.fieldKind === "map") return (value) => readMap(value, readValue);
  return readValue;
}

/** The reader for a value of a field, or an item of it. */
function valueReader({ enum: enumType, message, scalar }: DescField): Read | undefined {
  if (enumType !== undefined) return enumReader(enumType);
  if (scalar !== undefined) return scalarReader(scalar);
  if (message === undefined || takesValues(message)) return undefined;
  let read: Read | undefined;
  // Lazily: types may contain themselves.
  return (value) => {
    read ??= readerFor(message);
    return read(value);
  };
}

/** Messages that protobuf-es represents as plain values. */
function takesValues({ typeName }: DescMessage): boolean {
  return /^google\.protobuf\.(Struct|\w*Value)$/.test(typeName);
}

function readList(list: unknown, readItem: Read | undefined): unknown {
  if (!Array.isArray(list)) return mismatch(describeInput(list), "an array");
  if (readItem === undefined) return list;
  let copy: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    const read = readItem(item);
    if (read === item) continue;
    if (read instanceof InputProblem) return read.within(`[${index}]`, `[${index}]`);
    copy ??= [...list];
    copy[index] = read;
  }
  return copy ?? list;
}

function readMap(map: unknown, readItem: Read | undefined): unknown {
  if (!isPlain(map)) return mismatch(describeInput(map), "an object");
  if (readItem === undefined) return map;
  let copy: Map<string, unknown> | undefined;
  for (const [key, item] of Object.entries(map)) {
    const read = readItem(item);
    if (read === item) continue;
    if (read instanceof InputProblem) return read.within(`[${key}]`, `[${key}]`);
    copy ??= new Map(Object.entries(map));
    copy.set(key, read);
  }
  return copy === undefined ? map : Object.fromEntries(copy);
}
