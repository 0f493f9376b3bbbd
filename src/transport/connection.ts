import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import type { HttpClient } from "../auth/auth-method.ts";
import { createHttpClient } from "./http-client.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

/** A wire protocol. `auto` takes for each service the best one that the server has for it. */
export type Protocol = "auto" | "connect" | "grpc" | "grpc-web";

export interface ConnectionOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  readonly protocol: Protocol;
  readonly httpVersion: "1.1" | "2";
  /** Sent with every request, those for tokens included. */
  readonly headers: Headers;
  readonly tls: TlsOptions;
  /** Applied to every call, the first one outermost. */
  readonly interceptors: readonly Interceptor[];
}

/** The way to one server: all calls and token requests of a client go through it. */
export interface Connection {
  readonly transport: Transport;
  readonly http: HttpClient;
  /** Ends what is open. Calls that are running fail. */
  close(): void;
}

/** Opens nothing yet: the first call does. */
export function createConnection(options: ConnectionOptions): Connection {
  const { origin, httpVersion } = options;
  const tls = tlsSettings(options.tls);
  const sessions = httpVersion === "2" ? new Http2SessionManager(origin, undefined, tls) : undefined;
  const common = {
    baseUrl: origin,
    interceptors: [...options.interceptors, defaultHeaders(options.headers)],
  };
  const node =
    sessions === undefined
      ? { ...common, httpVersion: "1.1" as const, nodeOptions: tls }
      : { ...common, httpVersion: "2" as const, sessionManager: sessions };
  const transports = {
    connect: createConnectTransport(node),
    grpc: createGrpcTransport(node),
    "grpc-web": createGrpcWebTransport(node),
  };
  return {
    transport: unaryOnly((method) => transports[protocolFor(method.parent, options)]),
    http: createHttpClient(options),
    close: () => sessions?.abort(),
  };
}

function defaultHeaders(defaults: Headers): Interceptor {
  const all = [...defaults];
  return (next) => (request) => {
    for (const [name, value] of all) {
      if (!request.header.has(name) || name === "user-agent") request.header.set(name, value);
    }
    return next(request);
  };
}

/**
 * Zitadel serves its v1 and v3alpha services over gRPC and gRPC-web only. gRPC needs HTTP/2, whose trailers
 * it uses.
 */
function protocolFor(
  service: DescService,
  { protocol, httpVersion }: ConnectionOptions,
): Exclude<Protocol, "auto"> {
  if (protocol !== "auto") return protocol;
  if (httpVersion === "1.1") return "grpc-web";
  return /\.v(1|3alpha)\./.test(service.typeName) ? "grpc" : "connect";
}

/** No RPC of Zitadel streams. */
function unaryOnly(choose: (method: DescMethodUnary) => Transport): Transport {
  return {
    unary: (method, ...rest) => choose(method).unary(method, ...rest),
    stream: async (method) => {
      throw new ConnectError(`${method.toString()} streams, which is not supported`, Code.Unimplemented);
    },
  };
}
