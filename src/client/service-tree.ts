import type { DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallOptions } from "./call-options.ts";

/** A generated service: its name, its RPCs, and how to import it. */
export interface ServiceEntry {
  readonly typeName: string;
  /** The names of the RPCs, as they are called on a client. */
  readonly methods: readonly string[];
  load(): Promise<DescService>;
}

/** What generated code has in `services`: services by the path of their package. */
export interface ServiceTree {
  readonly [segment: string]: ServiceTree | ServiceEntry;
}

/** The RPCs of one service. */
export type ServiceClient<S extends DescService> = {
  readonly [Name in keyof S["method"]]: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? (request?: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : never;
};

/** The clients of a service tree, at the same paths. */
export type ServiceClients<Tree> = {
  readonly [Segment in Exclude<keyof Tree, "$service">]: ServiceClients<Tree[Segment]>;
} & (Tree extends { readonly $service: { load(): Promise<infer S extends DescService> } }
  ? ServiceClient<S>
  : unknown);

/** One RPC as a function, whatever its types. */
export type Rpc = (request?: object, options?: CallOptions) => Promise<object>;

/** Makes the functions of one service, by name. */
export type CreateServiceClient = (service: ServiceEntry) => Readonly<Record<string, Rpc>>;

/** Builds the clients of a tree: plain objects with a function for each RPC, which a REPL completes. */
export function createServiceClients<Tree extends ServiceTree>(
  tree: Tree,
  createServiceClient: CreateServiceClient,
): ServiceClients<Tree> {
  return clientsOf(tree, createServiceClient) as ServiceClients<Tree>;
}

function clientsOf(tree: ServiceTree, createServiceClient: CreateServiceClient): object {
  const clients: Record<string, object> = {};
  for (const [segment, node] of Object.entries(tree)) {
    if (isEntry(node)) Object.assign(clients, createServiceClient(node));
    else clients[segment] = clientsOf(node, createServiceClient);
  }
  return clients;
}

function isEntry(node: ServiceTree | ServiceEntry): node is ServiceEntry {
  return typeof node.load === "function";
}
