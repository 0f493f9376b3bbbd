import type { Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { CallFn } from "../call.ts";
import { createDialAgent } from "../dial/agent.ts";
import type { DialOptions } from "../dial/dial.ts";
import type { UnaryOptions } from "../protocol/unary-options.ts";
import { Slots, withSlots } from "./slots.ts";
import { createTransportUnary } from "./transport-unary.ts";

/**
 * Calls at a time, each of which has a connection. Kept here and not by the agent, which counts connections only
 * once they are open.
 */
const MAX_CALLS = 64;

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
    agent: { keepAlive: true },
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
  const slots = new Slots(MAX_CALLS);
  const through = (transport: Transport) => withSlots(createTransportUnary(transport, headers), slots);
  return {
    connect: through(createConnectTransport(common)),
    "grpc-web": through(createGrpcWebTransport(common)),
    close: () => agent.destroy(),
  };
}
