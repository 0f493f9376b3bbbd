import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { CallFn } from "./call.ts";
import type { DialOptions } from "./dial.ts";
import { createDialAgent } from "./dial-agent.ts";
import { createTransportUnary } from "./transport-unary.ts";
import type { UnaryOptions } from "./unary-options.ts";

/** Connections to one server over HTTP/1.1, each of which carries one call at a time. */
const MAX_SOCKETS = 64;

export interface Http1Unary {
  readonly connect: CallFn;
  readonly "grpc-web": CallFn;
  close(): void;
}

/** Unary calls over HTTP/1.1: for proxies and servers that speak nothing newer. */
export function createHttp1Unary(
  dial: DialOptions,
  connectTimeoutMs: number,
  { origin, headers, readMaxBytes, compressMinBytes }: UnaryOptions,
): Http1Unary {
  const agent = createDialAgent({
    dial,
    connectTimeoutMs,
    patient: true,
    agent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  });
  const common = {
    baseUrl: origin,
    httpVersion: "1.1" as const,
    nodeOptions: { agent },
    readMaxBytes,
    ...(compressMinBytes === Number.POSITIVE_INFINITY
      ? { acceptCompression: [] }
      : { acceptCompression: [compressionGzip], sendCompression: compressionGzip, compressMinBytes }),
  };
  return {
    connect: createTransportUnary(createConnectTransport(common), headers),
    "grpc-web": createTransportUnary(createGrpcWebTransport(common), headers),
    close: () => agent.destroy(),
  };
}
