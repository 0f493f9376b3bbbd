/**
 * The part of protobuf-es that a client calls, which the build bundles into one file for Node: docs/design/packaging.md says
 * why. Nothing that creates descriptors may be added here.
 */
export {
  create,
  fromBinary,
  isMessage,
  mergeFromBinary,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
export { isReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
export { BinaryReader, base64Decode, base64Encode, WireType } from "@bufbuild/protobuf/wire";
export {
  anyPack,
  durationFromMs,
  durationMs,
  timestampDate,
  timestampFromDate,
  timestampFromMs,
  timestampMs,
} from "@bufbuild/protobuf/wkt";
export { file_google_protobuf_any } from "@bufbuild/protobuf/wkt/google/protobuf/any_pb.js";
export { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt/google/protobuf/descriptor_pb.js";
export { DurationSchema } from "@bufbuild/protobuf/wkt/google/protobuf/duration_pb.js";
export { StructSchema } from "@bufbuild/protobuf/wkt/google/protobuf/struct_pb.js";
export { TimestampSchema } from "@bufbuild/protobuf/wkt/google/protobuf/timestamp_pb.js";
