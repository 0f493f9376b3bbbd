import type { Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { CallFn } from "./call.ts";
import type { DialOptions } from "./dial.ts";
import { createDialAgent } from "./dial-agent.ts";
import { http1Error } from "./http1-fault.ts";
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
    connect: through(createConnectTransport(common), headers),
    "grpc-web": through(createGrpcWebTransport(common), headers),
    close: () => agent.destroy(),
  };
}

function through(transport: Transport, common: Headers): CallFn {
  return async ({ method, message, header, authorization, contextValues, lifetime, progress }) => {
    const headers = new Headers(common);
    if (authorization !== undefined) headers.set("authorization", authorization);
    for (const [name, value] of header ?? []) headers.set(name, value);
    // The client's own clock ends the call, by the signal; the server may believe in a little more.
    const timeoutMs =
      lifetime.at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(lifetime.remainingMs())) + 1000;
    progress.sent = true;
    try {
      return await transport.unary(method, lifetime.signal, timeoutMs, headers, message, contextValues);
    } catch (error) {
      throw http1Error(error);
    }
  };
}
