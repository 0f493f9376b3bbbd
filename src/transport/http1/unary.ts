import type { Agent } from "node:http";
import type { Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { Call, CallFn, CallResponse } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { UnaryOptions } from "../protocol/wire-format.ts";
import { createForeignCalls } from "./foreign-transport.ts";

/**
 * Calls at a time, each of which has a connection. Limited here and not by the agent, which counts connections only
 * once they are open.
 */
const MAX_CALLS = 64;

export interface Http1Unary {
  readonly connect: CallFn;
  readonly "grpc-web": CallFn;
}

/** Unary calls over HTTP/1.1. */
export function createHttp1Unary(
  agent: Agent,
  { origin, headers, readMaxBytes, compressMinBytes }: UnaryOptions,
): Http1Unary {
  const common = {
    baseUrl: origin,
    httpVersion: "1.1" as const,
    nodeOptions: { agent },
    readMaxBytes,
    ...(compressMinBytes === Number.POSITIVE_INFINITY
      ? { acceptCompression: [] }
      : { acceptCompression: [compressionGzip], sendCompression: compressionGzip, compressMinBytes }),
  };
  const limiter = new Limiter(MAX_CALLS);
  const through = (transport: Transport) => limited(createForeignCalls(transport, headers), limiter);
  return {
    connect: through(createConnectTransport(common)),
    "grpc-web": through(createGrpcWebTransport(common)),
  };
}

function limited(next: CallFn, limiter: Limiter): CallFn {
  return async (call: Call): Promise<CallResponse> => {
    // A stream may go on for ever, and has its connection for itself.
    if (call.method.methodKind !== "unary") return await next(call);
    await limiter.acquire(call.context);
    try {
      return await next(call);
    } finally {
      limiter.release();
    }
  };
}

/** Lets so many calls go on at a time. The others wait, in the order in which they came. */
class Limiter {
  #free: number;
  readonly #pending = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when it is the call's turn, which ends by {@link release}. Rejects when `context` ends before. */
  acquire(context: CallContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        context.offEnd(listener);
        this.#pending.delete(enter);
        resolve();
      };
      const listener = {
        onContextEnd: () => {
          this.#pending.delete(enter);
          reject(context.ended);
        },
      };
      if (context.ended !== undefined) {
        reject(context.ended);
      } else if (this.#free > 0) {
        this.#free -= 1;
        resolve();
      } else {
        context.onEnd(listener);
        this.#pending.add(enter);
      }
    });
  }

  release(): void {
    const [first] = this.#pending;
    if (first === undefined) this.#free += 1;
    else first();
  }
}
