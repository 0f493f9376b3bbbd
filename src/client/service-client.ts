import type { DescService } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import type { CreateRpcs, Rpc, Rpcs, ServiceClient } from "./service-tree.ts";

/** The client of a service whose descriptor is at hand: Connect's own, with our types for its options. */
export function serviceClient<S extends DescService>(service: S, transport: Transport): ServiceClient<S> {
  return createClient(service, transport) as ServiceClient<S>;
}

/** Clients of services that are imported at the first call of one of their RPCs. */
export function lazyServiceClients(transport: Transport): CreateRpcs {
  return (service) => {
    let loaded: Rpcs | undefined;
    const load = async (): Promise<Rpcs> => {
      loaded ??= createClient((await service.load()) as DescService, transport) as Rpcs;
      return loaded;
    };
    const rpc =
      (name: string): Rpc =>
      async (request, options) =>
        (loaded ?? (await load()))[name]?.(request, options) ?? missing(service.typeName, name);
    return Object.fromEntries(service.methods.map((name) => [name, rpc(name)]));
  };
}

function missing(typeName: string, name: string): never {
  throw new TypeError(
    `The descriptor of ${typeName} has no RPC ${name}: generate both anew, from one source`,
  );
}
