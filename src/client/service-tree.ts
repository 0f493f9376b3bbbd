import type {
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageShape,
} from "@bufbuild/protobuf";
import type { EnumFields } from "../../gen/enums.js";
import type { InputFor } from "../input/message-input.ts";
import type { CallOptions } from "./call-options.ts";
import type { ListOptions } from "./lists/list-options.ts";
import type { ListOf, ListsOf } from "./lists/list-types.ts";

/** A generated service: its name, its RPCs, and how to import it. */
export interface ServiceEntry {
  readonly typeName: string;
  /** The names of the RPCs, as they are called on a client. */
  readonly methods: readonly string[];
  /** Those that list something, each with the field of its answer that holds the items. */
  readonly lists: Readonly<Record<string, string>>;
  /** Those that stream responses (`server`), requests (`client`) or both (`bidi`). Absent where none does. */
  readonly streams?: Readonly<Record<string, "server" | "client" | "bidi">>;
  /** Only a type, never there: the names that the enum fields of messages take, by the names of the messages. */
  readonly enums?: object | undefined;
  /** Imports the descriptor. Its type is that of the generated code; comparing it with `DescService` is slow. */
  load(): Promise<object>;
}

/** What generated code has in `services`: services by the path of their package. */
export interface ServiceTree {
  readonly [segment: string]: ServiceTree | ServiceEntry;
}

/**
 * The RPCs of one service. Those in `Lists` return a {@link List}; those whose responses stream return them as they come,
 * for one `for await`, and make their call when it begins; the others return a promise.
 */
export type ServiceClient<S extends DescService, Lists = ListsOf<S>, Enums = EnumFields> = {
  readonly [Name in keyof S["method"]]: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? Name extends keyof Lists
      ? (request?: InputFor<I, Enums>, options?: ListOptions) => ListOf<MessageShape<O>, Lists[Name]>
      : (request?: InputFor<I, Enums>, options?: CallOptions) => Promise<MessageShape<O>>
    : S["method"][Name] extends DescMethodServerStreaming<infer I, infer O>
      ? (request?: InputFor<I, Enums>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : RequestStream;
};

/** An RPC whose requests stream, which is not supported: it throws a `ZitadelError` with the code `Unimplemented`. */
export type RequestStream = (unsupported: never) => never;

/** The clients of a service tree, at the same paths. */
export type ServiceClients<Tree> = {
  readonly [Segment in Exclude<keyof Tree, "$service">]: ServiceClients<Tree[Segment]>;
} & (Tree extends {
  readonly $service: {
    readonly lists: infer Lists;
    readonly enums?: infer Enums;
    load(): Promise<infer S extends DescService>;
  };
}
  ? ServiceClient<S, Lists, Enums>
  : unknown);

/** The enum fields that a tree knows the names of, in any of its services. */
export type KnownEnums<Tree> = Tree extends { readonly $service: { readonly enums?: infer Enums } }
  ? Enums
  : KnownEnums<Tree[keyof Tree]>;

/** One RPC as a function, whatever its types. */
export type Rpc = (request?: object, options?: ListOptions) => Promise<object>;

/** An RPC as a function that may also give a stream. */
export type AnyRpc = (request?: object, options?: ListOptions) => Promise<object> | AsyncIterable<object>;

/** The RPCs of a service, by name. */
export type Rpcs = Readonly<Record<string, Rpc>>;

/** Makes the functions of one service. */
export type CreateRpcs = (service: ServiceEntry) => Readonly<Record<string, AnyRpc>>;

/**
 * Builds the clients of a tree: plain objects with a function for each RPC. Those of a package are made when it
 * is first looked at, so that a view for a single request costs little; see {@link completeServiceClients}.
 */
export function createServiceClients<Tree extends ServiceTree>(
  tree: Tree,
  createRpcs: CreateRpcs,
): ServiceClients<Tree> {
  const clients = {};
  for (const [segment, node] of Object.entries(tree)) {
    defineLazily(clients, segment, () => (isEntry(node) ? createRpcs(node) : clientsOf(node, createRpcs)));
  }
  return clients as ServiceClients<Tree>;
}

/** Looks at everything once. What a REPL completes must be there already: it does not run getters. */
export function completeServiceClients(clients: object): void {
  Object.values(clients);
}

function clientsOf(tree: ServiceTree, createRpcs: CreateRpcs): object {
  const clients: Record<string, object> = {};
  for (const [segment, node] of Object.entries(tree)) {
    if (isEntry(node)) Object.assign(clients, createRpcs(node));
    else clients[segment] = clientsOf(node, createRpcs);
  }
  return clients;
}

function isEntry(node: ServiceTree | ServiceEntry): node is ServiceEntry {
  return typeof node.load === "function";
}

function defineLazily(target: object, name: string, make: () => object): void {
  const get = (): object => {
    const value = make();
    Object.defineProperty(target, name, { value, enumerable: true });
    return value;
  };
  Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
}
