import type { DescField } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";

/** What is wrong with a value, if anything. */
export type ValueCheck = (value: unknown) => string | undefined;

/** A rule about a field as a whole. */
export type FieldCheck = (message: ReflectMessage, field: DescField) => string | undefined;
