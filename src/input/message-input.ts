import type { DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import type { EnumFields } from "../../gen/enums.js";

/**
 * What is accepted as a message: any of its fields, at any depth. Besides what protobuf-es accepts, that is
 *
 * - for a Timestamp: a `Date`, or a time with its offset such as `"2026-07-10T12:00:00Z"`
 * - for a Duration: milliseconds, or a string such as `"PT1H30M"` or `"5400s"`
 * - for an enum: the name of a value, such as `"USER_STATE_ACTIVE"`
 *
 * `Enums` knows the names: the `EnumFields` of generated code. Default: the pinned API's.
 */
export type MessageInput<T extends Message, Enums = EnumFields> = Fields<
  T,
  Exclude<keyof T, "$unknown">,
  Enums
>;

/** What is accepted as a message of a descriptor; anything, if its type is unknown. */
export type InputFor<
  Desc extends DescMessage,
  Enums = EnumFields,
> = string extends MessageShape<Desc>["$typeName"]
  ? Readonly<Record<string, unknown>>
  : MessageInput<MessageShape<Desc>, Enums>;

/**
 * Maps the keys of the message itself, without `as`: only then does TypeScript keep the documentation of its fields.
 */
type Fields<T extends Message, Key extends keyof T, Enums> = {
  readonly [K in Key]?: Field<T[K], K, NamesIn<T["$typeName"], Enums>, Enums> | undefined;
};

/** The enum fields of a message type, each with the names that it accepts. */
type NamesIn<TypeName extends string, Enums> = Enums extends { readonly [Name in TypeName]: infer Names }
  ? Names
  : unknown;

/** What is accepted as a field, or as the value of a oneof whose case is `Name`. */
type Field<F, Name, Names, Enums> = F extends number
  ? F | (Name extends keyof Names ? Names[Name] : never)
  : F extends string | bigint | boolean | Uint8Array | undefined
    ? F
    : F extends Message
      ?
          | MessageInput<F, Enums>
          | (F extends Timestamp ? Date | string : F extends Duration ? number | string : never)
      : F extends readonly (infer Item)[]
        ? readonly Field<Item, Name, Names, Enums>[]
        : F extends { case: infer Case; value?: unknown }
          ? { readonly [K in keyof F]: K extends "value" ? Field<F[K], Case, Names, Enums> : F[K] }
          : F extends { [key: string]: infer Item }
            ? Entries<F, Item, Name, Names, Enums>
            : F;

/** A map; or JSON, if the message holds JSON. */
type Entries<F, Item, Name, Names, Enums> = [Item] extends [
  Message | number | bigint | string | boolean | Uint8Array,
]
  ? { readonly [key: string]: Field<Item, Name, Names, Enums> }
  : F;
