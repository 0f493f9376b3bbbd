import type { DescMethodUnary, DescService, Message, MessageShape } from "@bufbuild/protobuf";
import type { List } from "./list.ts";

/** What an RPC returns whose answer has its items in the field `Items`. */
export type ListOf<Response extends object, Items> = Items extends keyof Response
  ? Response[Items] extends readonly (infer Item)[]
    ? List<Item, Response>
    : never
  : never;

/**
 * The RPCs of a service that list, each with the field of its answer that holds the items: what the generator tells of
 * the services in a tree, read from the types of a descriptor. The rules are those of `methodTraits()`.
 */
export type ListsOf<S extends DescService> = {
  readonly [Name in keyof S["method"] as Name extends `list${string}` | `search${string}`
    ? S["method"][Name] extends DescMethodUnary<infer _, infer O>
      ? ItemsOf<MessageShape<O>> extends never
        ? never
        : Name
      : never
    : never]: S["method"][Name] extends DescMethodUnary<infer _, infer O> ? ItemsOf<MessageShape<O>> : never;
};

/** The one repeated field of messages, or else the one repeated field at all. */
type ItemsOf<Response extends object> = [RepeatedMessages<Response>] extends [never]
  ? OnlyOne<Repeated<Response>>
  : OnlyOne<RepeatedMessages<Response>>;

type Repeated<Response extends object> = {
  [Name in keyof Response]-?: Response[Name] extends readonly unknown[] ? Name : never;
}[Exclude<keyof Response, "$typeName" | "$unknown">];

type RepeatedMessages<Response extends object> = {
  [Name in keyof Response]-?: Response[Name] extends readonly Message[] ? Name : never;
}[Exclude<keyof Response, "$typeName" | "$unknown">];

/** `Name`, unless it is a union of several. */
type OnlyOne<Name, All = Name> = Name extends unknown ? ([All] extends [Name] ? Name : never) : never;
