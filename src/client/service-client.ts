import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { rememberTypes } from "../descriptor/known-types.ts";
import { methodTraits } from "../descriptor/method-traits.ts";
import { checkCall } from "./check-call.ts";
import { List, type ListSource } from "./lists/list.ts";
import type { ListRpc } from "./lists/page-reader.ts";
import type { CreateRpcs, Rpc, Rpcs, ServiceClient } from "./service-tree.ts";

/** The client of a service whose descriptor is at hand: Connect's own, with our types, and with lists. */
export function serviceClient<S extends DescService>(service: S, transport: Transport): ServiceClient<S> {
  rememberTypes(service.file);
  const rpcs = createClient(service, transport) as Rpcs;
  const checked = Object.entries(rpcs).map(([name, call]): [string, Rpc] => [
    name,
    async (request, options) => {
      checkCall({ name: `${service.typeName}.${name}`, request, options, method: service.method[name] });
      return call(request, options);
    },
  ]);
  const lists = service.methods
    .filter((method) => methodTraits(method).list !== undefined)
    .map(({ localName }) => [
      localName,
      listFunction(service, localName, () => listRpc(service, rpcs, localName)),
    ]);
  return Object.fromEntries([...checked, ...lists]) as ServiceClient<S>;
}

interface Loaded {
  readonly descriptor: DescService;
  readonly rpcs: Rpcs;
}

/** Clients of services that are imported at the first call of one of their RPCs. */
export function lazyServiceClients(transport: Transport): CreateRpcs {
  return (service) => {
    let loaded: Loaded | undefined;
    const load = async (): Promise<Loaded> => {
      if (loaded === undefined) {
        const descriptor = (await service.load()) as DescService;
        rememberTypes(descriptor.file);
        loaded = { descriptor, rpcs: createClient(descriptor, transport) as Rpcs };
      }
      return loaded;
    };
    const rpc =
      (name: string): Rpc =>
      async (request, options) => {
        const { descriptor, rpcs } = loaded ?? (await load());
        checkCall({ name: `${service.typeName}.${name}`, request, options, method: descriptor.method[name] });
        return (rpcs[name] ?? missing(descriptor, name))(request, options);
      };
    const list = (name: string): Rpc =>
      listFunction(service, name, () => {
        const open = ({ descriptor, rpcs }: Loaded) => listRpc(descriptor, rpcs, name);
        return loaded === undefined ? load().then(open) : open(loaded);
      });
    return Object.fromEntries(
      service.methods.map((name) => [name, Object.hasOwn(service.lists, name) ? list(name) : rpc(name)]),
    );
  };
}

function listFunction(
  { typeName }: { readonly typeName: string },
  name: string,
  open: ListSource["open"],
): Rpc {
  const source: ListSource = { name: `${typeName}.${name}`, open };
  return (request, options) => new List(source, request, options);
}

function listRpc(service: DescService, rpcs: Rpcs, name: string): ListRpc {
  const call = rpcs[name] ?? missing(service, name);
  return { method: service.method[name] as DescMethodUnary, call };
}

function missing({ typeName }: DescService, name: string): never {
  throw new TypeError(
    `The descriptor of ${typeName} has no RPC ${name}: generate both anew, from one source`,
  );
}
