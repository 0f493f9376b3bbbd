import type { DescMethodUnary, DescService, Message, MessageShape } from "@bufbuild/protobuf";
import type { List } from "./list.ts";

/** The return type of an RPC whose response has its items in the field `Items`. */
export type ListOf<Response extends object, Items> = Items extends keyof Response
  ? Response[Items] extends readonly (infer Item)[]
    ? List<Item, Response>
    : never
  : never;

/**
 * The RPCs of a service that list, each with the field of its response that contains the items: what the generator records
 * for the services of a tree, derived from the types of a descriptor. The rules are those of `methodTraits()`.
 */
export type ListsOf<S extends DescService> = {
  readonly [Name in keyof S["method"] as Name extends `list${string}` | `search${string}`
    ? ItemsOfMethod<S["method"][Name]> extends never
      ? never
      : Name
    : never]: ItemsOfMethod<S["method"][Name]>;
};

type ItemsOfMethod<Method> =
  Method extends DescMethodUnary<infer I, infer O>
    ? IsComplete<MessageShape<I>, MessageShape<O>> extends true
      ? ItemsOf<MessageShape<O>>
      : never
    : never;

/** Zitadel's lists are complete without paging; other lists count if their kind of paging is known. */
type IsComplete<Request extends object, Response extends object> = Response extends {
  readonly $typeName: `zitadel.${string}`;
}
  ? true
  : true extends IsPaged<Request> | HasPagedField<Request> | IsPagedByToken<Request, Response>
    ? true
    : false;

type Integer = number | bigint;

type IsPaged<Request> = Request extends
  | { limit: Integer; offset: Integer }
  | { limit: Integer; sequence: Integer }
  ? true
  : false;

type HasPagedField<Request extends object> = {
  [Name in keyof Request]-?: NonNullable<Request[Name]> extends Message
    ? IsPaged<NonNullable<Request[Name]>>
    : false;
}[keyof Request];

type IsPagedByToken<Request, Response> = Request extends { pageToken: string }
  ? Response extends { nextPageToken: string }
    ? true
    : false
  : false;

/** The only repeated message field, or else the only repeated field. */
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
