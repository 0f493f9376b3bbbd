import { create, fromBinary, type JsonObject, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { toLine } from "../shared/plain-text.ts";

/** The decoded details of an error. Their types depend on the server's version. */
export type ErrorDetail =
  | { readonly type: "zitadel.v1.ErrorDetail"; readonly id: string; readonly message: string }
  | {
      readonly type: "zitadel.v1.CredentialsCheckError";
      readonly id: string;
      readonly message: string;
      /** The number of consecutive wrong passwords. */
      readonly failedAttempts: number;
    }
  | {
      readonly type: "zitadel.error.v2.ErrorDetail";
      /** What happened to what, such as `user.already_exists`. */
      readonly slug: string;
      readonly message: string;
      readonly details: JsonObject | undefined;
    }
  /** A message that this package does not know. */
  | { readonly type: string; readonly value: Uint8Array };

/** A detail of a known type. */
export type KnownDetail = Exclude<ErrorDetail, { readonly value: Uint8Array }>;

/** Whether this package knows the type of a detail. */
export function isKnownDetail(detail: ErrorDetail): detail is KnownDetail {
  return !("value" in detail);
}

/**
 * Decodes the details of an error by field number, so details that the pinned API lacks are recognized too, and no
 * generated code is loaded for the rare case of an error.
 */
export function decodeDetails(error: ConnectError): ErrorDetail[] {
  return error.details.map((detail) => {
    if (!("desc" in detail)) return decode(detail.type, detail.value);
    // A handler in the same process (a router transport) does not encode its details.
    return decode(detail.desc.typeName, toBinary(detail.desc, create(detail.desc, detail.value)));
  });
}

function decode(type: string, value: Uint8Array): ErrorDetail {
  try {
    const fields = readFields(value);
    switch (type) {
      case "zitadel.v1.ErrorDetail":
        return { type, id: text(fields, 1), message: text(fields, 2) };
      case "zitadel.v1.CredentialsCheckError":
        return { type, id: text(fields, 1), message: text(fields, 2), failedAttempts: number(fields, 3) };
      case "zitadel.error.v2.ErrorDetail":
        return { type, slug: text(fields, 1), message: text(fields, 2), details: struct(fields, 3) };
      default:
        return { type, value };
    }
  } catch {
    return { type, value };
  }
}

type Fields = ReadonlyMap<number, Uint8Array | number>;

function readFields(value: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array | number>();
  const reader = new BinaryReader(value);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(number, reader.bytes());
    else if (type === WireType.Varint) fields.set(number, Number(reader.int64()));
    else reader.skip(type);
  }
  return fields;
}

function text(fields: Fields, number: number): string {
  const value = fields.get(number);
  return value instanceof Uint8Array ? toLine(new TextDecoder().decode(value)) : "";
}

function number(fields: Fields, no: number): number {
  const value = fields.get(no);
  return typeof value === "number" ? value : 0;
}

function struct(fields: Fields, number: number): JsonObject | undefined {
  const value = fields.get(number);
  if (!(value instanceof Uint8Array)) return undefined;
  return plainValues(toJson(StructSchema, fromBinary(StructSchema, value))) as JsonObject;
}

function plainValues(value: JsonValue): JsonValue {
  if (typeof value === "string") return toLine(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValues);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [toLine(name), plainValues(member)]),
  );
}
