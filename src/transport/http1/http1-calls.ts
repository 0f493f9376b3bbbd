import type { Agent, IncomingMessage } from "node:http";
import type { IncomingHttpHeaders } from "node:http2";
import type { Call, CallFn, CallResponse } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import { faultError } from "../faults/fault-error.ts";
import { type Carrier, createCalls, type Formats, readAll } from "../protocol/calls.ts";
import { connectFormats } from "../protocol/connect.ts";
import { grpcWebFormats } from "../protocol/grpc.ts";
import type {
  Outgoing,
  OutgoingRequest,
  OutgoingStreamRequest,
  StreamingResponse,
} from "../protocol/outgoing.ts";
import type { RawResponse, UnaryOptions } from "../protocol/wire-format.ts";
import { http1Fault } from "./http1-fault.ts";
import { openHttp1 } from "./http1-request.ts";

/**
 * Calls at a time, each of which has a connection. Limited here and not by the agent, which counts connections only
 * once they are open.
 */
const MAX_CALLS = 64;

export interface Http1Calls {
  readonly connect: CallFn;
  readonly "grpc-web": CallFn;
}

/** Calls over HTTP/1.1. */
export function createHttp1Calls(agent: Agent, options: UnaryOptions): Http1Calls {
  const limiter = new Limiter(MAX_CALLS);
  const post = (outgoing: Outgoing): Promise<IncomingMessage> => postCall(agent, options.origin, outgoing);
  const carrier: Carrier = {
    send: async (outgoing) => readCall(await post(outgoing), outgoing),
    open: async (outgoing) => readStream(await post(outgoing), outgoing),
  };
  const calls = (formats: Formats): CallFn => limited(createCalls(carrier, formats, options), limiter);
  return { connect: calls(connectFormats), "grpc-web": calls(grpcWebFormats) };
}

async function postCall(agent: Agent, origin: string, outgoing: Outgoing): Promise<IncomingMessage> {
  const { context, progress, body } = outgoing;
  const { ":path": path, ...raw } = outgoing.headers();
  const own = Object.entries(raw).filter(([name]) => !name.startsWith(":"));
  const headers = { ...Object.fromEntries(own), "content-length": body.length };
  progress.sent = true;
  try {
    const request = { method: "POST", url: `${origin}${path}`, headers, body } as const;
    return await openHttp1(request, agent, context.signal);
  } catch (error) {
    throw context.ended ?? http1Fault(error);
  }
}

async function readCall(
  message: IncomingMessage,
  { context, readMaxBytes, envelopeBytes }: OutgoingRequest,
): Promise<RawResponse> {
  try {
    const body = await readAll(message, readMaxBytes + envelopeBytes);
    return { headers: toRawHeaders(message), body, trailers: undefined };
  } catch (error) {
    throw context.ended ?? http1Fault(error);
  }
}

function readStream(message: IncomingMessage, { context }: OutgoingStreamRequest): StreamingResponse {
  return {
    headers: toRawHeaders(message),
    body: readChunks(message, context),
    trailers: undefined,
    cutShort: () => faultError("truncated-response", "The stream ended before its end was told"),
  };
}

/** Whoever stops reading ends the request. */
async function* readChunks(message: IncomingMessage, context: CallContext): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk;
  } catch (error) {
    throw context.ended ?? http1Fault(error);
  }
  if (context.ended !== undefined) throw context.ended;
}

function toRawHeaders({ headers, statusCode = 0 }: IncomingMessage): RawResponse["headers"] {
  return Object.assign({ ...headers } as IncomingHttpHeaders, { ":status": statusCode });
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
