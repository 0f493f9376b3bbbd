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
  /** The RPCs that list something, each with the field of its response that contains the items. */
  readonly lists: Readonly<Record<string, string>>;
  /** The RPCs that stream responses (`server`), requests (`client`) or both (`bidi`). Absent if there are none. */
  readonly streams?: Readonly<Record<string, "server" | "client" | "bidi">>;
  /** Exists only as a type: the names that the enum fields of messages accept, by message. */
  readonly enums?: object | undefined;
  /** Imports the descriptor. Typed as `object`, since comparing generated types with `DescService` is slow. */
  load(): Promise<object>;
}

/** The `services` of generated code: services by the path of their package. */
export interface ServiceTree {
  readonly [segment: string]: ServiceTree | ServiceEntry;
}

/**
 * The RPCs of one service. Those in `Lists` return a {@link List}. Those with streaming responses return an iterable for
 * one `for await` loop, and make the call when it begins. The others return a promise.
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

/** An RPC with streaming requests, which are not supported: it throws a `ZitadelError` with the code `Unimplemented`. */
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

/** The enum fields whose names a tree knows, in any of its services. */
export type KnownEnums<Tree> = Tree extends { readonly $service: { readonly enums?: infer Enums } }
  ? Enums
  : KnownEnums<Tree[keyof Tree]>;

/** One RPC as a function, whatever its types. */
export type Rpc = (request?: object, options?: ListOptions) => Promise<object>;

/** An RPC as a function that may also return a stream. */
export type AnyRpc = (request?: object, options?: ListOptions) => Promise<object> | AsyncIterable<object>;

/** The RPCs of a service, by name. */
export type Rpcs = Readonly<Record<string, Rpc>>;

/** Creates the functions of one service. */
export type CreateRpcs = (service: ServiceEntry) => Readonly<Record<string, AnyRpc>>;

/**
 * Creates the clients of a tree: plain objects with a function for each RPC. Those of a package are created on first
 * access, so that a view for a single request is cheap; see {@link completeServiceClients}.
 */
export function createServiceClients<Tree extends ServiceTree>(
  tree: Tree,
  createRpcs: CreateRpcs,
): ServiceClients<Tree> {
  const clients = {};
  for (const [segment, node] of Object.entries(tree)) {
    defineLazily(clients, segment, () =>
      isEntry(node) ? createRpcs(node) : createPackageClients(node, createRpcs),
    );
  }
  return clients as ServiceClients<Tree>;
}

/** Accesses everything once, for completion in a REPL, which does not run getters. */
export function completeServiceClients(clients: object): void {
  Object.values(clients);
}

function createPackageClients(tree: ServiceTree, createRpcs: CreateRpcs): object {
  const clients: Record<string, object> = {};
  for (const [segment, node] of Object.entries(tree)) {
    if (isEntry(node)) Object.assign(clients, createRpcs(node));
    else clients[segment] = createPackageClients(node, createRpcs);
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
