import { ScalarType } from "@bufbuild/protobuf";
import type { MessageReader } from "./message-reader.ts";

/** Reads a value of each scalar type, in the form that protobuf-es uses. */
export const scalars: Readonly<Record<ScalarType, (reader: MessageReader) => unknown>> = {
  [ScalarType.BOOL]: (reader) => reader.bool(),
  [ScalarType.BYTES]: (reader) => reader.bytes(),
  [ScalarType.DOUBLE]: (reader) => reader.double(),
  [ScalarType.FIXED32]: (reader) => reader.fixed32(),
  [ScalarType.FIXED64]: (reader) => reader.fixed64(),
  [ScalarType.FLOAT]: (reader) => reader.float(),
  [ScalarType.INT32]: (reader) => reader.int32(),
  [ScalarType.INT64]: (reader) => reader.int64(),
  [ScalarType.SFIXED32]: (reader) => reader.sfixed32(),
  [ScalarType.SFIXED64]: (reader) => reader.sfixed64(),
  [ScalarType.SINT32]: (reader) => reader.sint32(),
  [ScalarType.SINT64]: (reader) => reader.sint64(),
  [ScalarType.STRING]: (reader) => reader.text(),
  [ScalarType.UINT32]: (reader) => reader.uint32(),
  [ScalarType.UINT64]: (reader) => reader.uint64(),
};
