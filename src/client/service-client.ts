import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
} from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { rememberTypes } from "../descriptor/known-types.ts";
import { methodTraits } from "../descriptor/method-traits.ts";
import { toUnsupportedError } from "../errors/to-zitadel-error.ts";
import { callBack } from "../shared/call-back.ts";
import { toStream } from "../transport/streams.ts";
import type { CallOptions } from "./call-options.ts";
import { checkCall } from "./call-options.ts";
import { List, type ListSource } from "./lists/list.ts";
import type { ListRpc } from "./lists/page-reader.ts";
import type { AnyRpc, CreateRpcs, Rpc, Rpcs, ServiceClient } from "./service-tree.ts";

/** Creates the client of a service from its descriptor: Connect's own, with our types, lists and streams. */
export function serviceClient<S extends DescService>(service: S, transport: Transport): ServiceClient<S> {
  rememberTypes(service.file);
  const rpcs = connectClient(service, transport);
  return Object.fromEntries(
    service.methods.map((method) => [method.localName, createRpc(method, rpcs, transport)]),
  ) as ServiceClient<S>;
}

function createRpc(method: DescMethod, rpcs: Rpcs, transport: Transport): AnyRpc {
  const { parent, localName } = method;
  if (method.methodKind === "server_streaming") {
    return streamFunction(parent, localName, () => ({
      method: method as DescMethodServerStreaming,
      transport,
    }));
  }
  if (method.methodKind !== "unary") return noRequestStreams(parent, localName);
  if (methodTraits(method).list !== undefined) {
    return listFunction(parent, localName, () => listRpc(parent, rpcs, localName));
  }
  const call = rpcs[localName] ?? missing(parent, localName);
  return async (request, options) => {
    checkCall({ name: `${parent.typeName}.${localName}`, request, options, method });
    return call(request, options);
  };
}

/** Connect's own client. Errors of a call's listeners are ignored, like those of all listeners. */
function connectClient(service: DescService, transport: Transport): Rpcs {
  const rpcs = Object.entries(createClient(service, transport) as Rpcs);
  return Object.fromEntries(
    rpcs.map(([name, call]): [string, Rpc] => [
      name,
      (request, options) => call(request, withSafeListeners(options)),
    ]),
  );
}

function withSafeListeners(options: CallOptions | undefined): CallOptions | undefined {
  const { onHeader, onTrailer } = options ?? {};
  if (onHeader === undefined && onTrailer === undefined) return options;
  return {
    ...options,
    onHeader: (headers) => callBack(() => onHeader?.(headers)),
    onTrailer: (trailers) => callBack(() => onTrailer?.(trailers)),
  };
}

interface Loaded {
  readonly descriptor: DescService;
  readonly rpcs: Rpcs;
}

/** Creates clients whose services are imported by the first call of one of their RPCs. */
export function lazyServiceClients(transport: Transport): CreateRpcs {
  return (service) => {
    let loaded: Loaded | undefined;
    const load = async (): Promise<Loaded> => {
      if (loaded === undefined) {
        const descriptor = (await service.load()) as DescService;
        rememberTypes(descriptor.file);
        loaded = { descriptor, rpcs: connectClient(descriptor, transport) };
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
    const stream = (name: string): AnyRpc =>
      streamFunction(service, name, async () => {
        const { descriptor } = await load();
        const method = descriptor.method[name] ?? missing(descriptor, name);
        return { method: method as DescMethodServerStreaming, transport };
      });
    const create = (name: string): AnyRpc => {
      const kind = service.streams?.[name];
      if (kind !== undefined) return kind === "server" ? stream(name) : noRequestStreams(service, name);
      return Object.hasOwn(service.lists, name) ? list(name) : rpc(name);
    };
    return Object.fromEntries(service.methods.map((name) => [name, create(name)]));
  };
}

interface StreamSource {
  readonly method: DescMethodServerStreaming;
  readonly transport: Transport;
}

/** The call is made when the stream is read, so that an unread stream cannot cause an unhandled rejection. */
function streamFunction(
  { typeName }: { readonly typeName: string },
  name: string,
  open: () => StreamSource | Promise<StreamSource>,
): AnyRpc {
  return (request, options) => {
    checkCall({ name: `${typeName}.${name}`, request, options });
    return readStream(open, request, options);
  };
}

async function* readStream(
  open: () => StreamSource | Promise<StreamSource>,
  request: object = {},
  options: CallOptions = {},
): AsyncGenerator<object> {
  const { method, transport } = await open();
  const { signal, timeoutMs, contextValues, onHeader, onTrailer } = options;
  const headers = options.headers as HeadersInit;
  const input = toStream(request as MessageInitShape<DescMessage>);
  const response = await transport.stream(method, signal, timeoutMs, headers, input, contextValues);
  const messages = response.message[Symbol.asyncIterator]();
  try {
    callBack(() => onHeader?.(response.header));
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) yield next.value;
    callBack(() => onTrailer?.(response.trailer));
  } finally {
    await messages.return?.();
  }
}

/** Calling it is a mistake in the program, so it throws synchronously. */
function noRequestStreams({ typeName }: { readonly typeName: string }, name: string): AnyRpc {
  return () => {
    throw toUnsupportedError(`${typeName}/${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
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
    `The descriptor of ${typeName} has no RPC ${name}: generate both again, from the same source`,
  );
}
