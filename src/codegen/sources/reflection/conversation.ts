import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createWritableIterable } from "@connectrpc/connect/protocol";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  type ReflectionVersion,
  reflectionService,
} from "../../../descriptor/reflection.ts";
import type { OpenedSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";
import { MAX_BYTES } from "../../limits.ts";
import { GrpcSession } from "./grpc-session.ts";

export type Question = Exclude<ReflectionRequest["question"], { case: undefined }>;
export type ReflectionResult = Exclude<ReflectionResponse["response"], { case: undefined }>;

/** The maximum size of one response, which is decoded as a whole. All of Zitadel's together take 1.2 MB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface ConversationOptions {
  readonly origin: string;
  readonly version: ReflectionVersion;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/**
 * One reflection stream. It stays open for all requests: a server sends each file only once per stream, together with
 * its imports.
 */
export class Conversation {
  readonly #session: GrpcSession;
  readonly #requests = createWritableIterable<ReflectionRequest>();
  readonly #responses: AsyncIterator<ReflectionResponse>;
  readonly #service;
  readonly #signal: AbortSignal;
  #bytes = 0;

  constructor(opened: OpenedSession, { origin, version, headers, signal }: ConversationOptions) {
    this.#session = new GrpcSession(opened, origin);
    this.#service = reflectionService(version);
    this.#signal = signal;
    const transport = createGrpcTransport({
      baseUrl: origin,
      sessionManager: this.#session,
      readMaxBytes: MAX_MESSAGE_BYTES,
    });
    const client = createClient(this.#service, transport);
    const responses = client.serverReflectionInfo(this.#requests, { headers, signal });
    this.#responses = responses[Symbol.asyncIterator]();
  }

  /** Sends all requests at once, and returns the responses in the same order. */
  async ask(questions: readonly Question[]): Promise<ReflectionResult[]> {
    for (const question of questions) this.#send(question);
    const results: ReflectionResult[] = [];
    while (results.length < questions.length) results.push(await this.#next());
    return results;
  }

  /**
   * Sends one request and ends the stream. A proxy that buffers requests forwards the request only then, and only then
   * does it become clear whether there is gRPC behind the proxy.
   */
  async askOnly(question: Question): Promise<ReflectionResult> {
    this.#send(question);
    this.#requests.close();
    const result = await this.#next();
    await this.#receive();
    return result;
  }

  /** Ends the stream. */
  async end(): Promise<void> {
    this.#requests.close();
    await this.#receive();
  }

  #send(question: Question): void {
    const { input } = this.#service.method.serverReflectionInfo;
    // Writing fails if the call failed, which is reported where its responses are read.
    this.#requests.write(create(input, { question })).catch(() => {});
  }

  async #next(): Promise<ReflectionResult> {
    const response = await this.#receive();
    if (response === undefined) throw new CodegenError("it ended the stream before it had responded");
    const { response: result } = response;
    if (result.case === undefined) throw new CodegenError("it sent a response of an unknown kind");
    this.#bytes += result.case === "files" ? countBytes(result.value.encoded) : 0;
    if (this.#bytes > MAX_BYTES) {
      throw new CodegenError(`it sent more than ${MAX_BYTES} bytes of descriptors`);
    }
    return result;
  }

  /** The next response; undefined when the server has ended the call. */
  async #receive(): Promise<ReflectionResponse | undefined> {
    try {
      const { value, done } = await this.#responses.next();
      return done === true ? undefined : value;
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (isTooLarge(error)) throw new CodegenError(`it sent more than ${MAX_MESSAGE_BYTES} bytes at once`);
      throw this.#session.fault() ?? error;
    }
  }
}

/** Whether a message was too large. connect-node then ends the call itself, so there is no status. */
function isTooLarge(error: unknown): boolean {
  return (
    error instanceof ConnectError &&
    error.code === Code.ResourceExhausted &&
    error.rawMessage.includes("readMaxBytes")
  );
}

function countBytes(encoded: readonly Uint8Array[]): number {
  return encoded.reduce((sum, { length }) => sum + length, 0);
}
