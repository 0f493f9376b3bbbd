import type { Agent, IncomingMessage } from "node:http";
import * as http from "node:http";
import type { IncomingHttpHeaders } from "node:http2";
import * as https from "node:https";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import type { Call, CallFn, CallResponse } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import { http1Fault } from "../dial/dial-error.ts";
import { faultError } from "../faults.ts";
import type { PlainRequest } from "../network.ts";
import { type Carrier, createCalls, type Formats, readAll } from "../protocol/calls.ts";
import { connectFormats } from "../protocol/connect.ts";
import { grpcWebFormats } from "../protocol/grpc.ts";
import type {
  EncodedRequest,
  EncodedStreamRequest,
  EncodedUnaryRequest,
  RawResponse,
  StreamingResponse,
  UnaryOptions,
} from "../protocol/wire-format.ts";

/**
 * The number of concurrent calls, each of which has its own connection. Limited here rather than by the agent, which counts
 * connections only once they are open.
 */
const MAX_CALLS = 64;

export interface Http1Calls {
  readonly connect: CallFn;
  readonly "grpc-web": CallFn;
}

/** Calls over HTTP/1.1. */
export function createHttp1Calls(agent: Agent, options: UnaryOptions): Http1Calls {
  const limiter = new Limiter(MAX_CALLS);
  const post = (request: EncodedRequest): Promise<IncomingMessage> =>
    postCall(agent, options.origin, request);
  const carrier: Carrier = {
    send: async (request) => readCall(await post(request), request),
    open: async (request) => readStream(await post(request), request),
  };
  const calls = (formats: Formats): CallFn => limited(createCalls(carrier, formats, options), limiter);
  return { connect: calls(connectFormats), "grpc-web": calls(grpcWebFormats) };
}

async function postCall(agent: Agent, origin: string, request: EncodedRequest): Promise<IncomingMessage> {
  const { context, progress, body } = request;
  const { ":path": path, ...raw } = request.headers();
  const own = Object.entries(raw).filter(([name]) => !name.startsWith(":"));
  const headers = { ...Object.fromEntries(own), "content-length": body.length };
  progress.sent = true;
  try {
    const sent = { method: "POST", url: `${origin}${path}`, headers, body } as const;
    return await openHttp1(sent, agent, context.signal);
  } catch (error) {
    throw context.ended ?? http1Fault(error);
  }
}

async function readCall(
  message: IncomingMessage,
  { context, readMaxBytes, envelopeBytes }: EncodedUnaryRequest,
): Promise<RawResponse> {
  try {
    const body = await readAll(message, readMaxBytes + envelopeBytes);
    return { headers: toRawHeaders(message), body, trailers: undefined };
  } catch (error) {
    throw context.ended ?? http1Fault(error);
  }
}

function readStream(message: IncomingMessage, { context }: EncodedStreamRequest): StreamingResponse {
  return {
    headers: toRawHeaders(message),
    body: readChunks(message, context),
    trailers: undefined,
    cutShort: () => faultError("truncated-response", "The stream ended without its final frame"),
  };
}

/** The request ends when reading stops. */
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
    // A stream may run indefinitely, on its own connection.
    if (call.method.methodKind !== "unary") return await next(call);
    await limiter.acquire(call.context);
    try {
      return await next(call);
    } finally {
      limiter.release();
    }
  };
}

/** Limits concurrent calls. The others wait, in order of arrival. */
class Limiter {
  #free: number;
  readonly #pending = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when it is the call's turn, which lasts until {@link release}. Rejects if `context` ends first. */
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

/** A request to send. */
export interface Http1Request {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<http.OutgoingHttpHeaders> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** Sends one request over HTTP/1.1 and reads its response. */
export async function sendHttp1Request(
  request: PlainRequest,
  agent: http.Agent,
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    const message = await openHttp1(request, agent, signal);
    const body = await readAll(message, MAX_HTTP_BYTES);
    const headers = new Headers(toPairs(message.rawHeaders));
    return { status: message.statusCode ?? 0, headers, text: body.toString("utf8") };
  } catch (error) {
    throw http1Fault(error);
  }
}

/** Sends a request. Resolves with its response, whose body has not been read yet. */
export function openHttp1(
  { method, url, headers = {}, body }: Http1Request,
  agent: http.Agent,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { method, signal, agent, headers }, resolve).on("error", reject).end(body);
  });
}

function toPairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as [string, string]] : []));
}
