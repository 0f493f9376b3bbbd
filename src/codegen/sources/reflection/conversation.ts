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
export type Answer = Exclude<ReflectionResponse["answer"], { case: undefined }>;

/** What is allowed of one response, which is decoded as a whole. All of Zitadel's together have 1.2 MB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface ConversationOptions {
  readonly origin: string;
  readonly version: ReflectionVersion;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/**
 * One stream of questions and answers. It stays open for all questions: a server sends each file only once on it,
 * together with all that it imports.
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

  /** Asks all at once, and gives the answers in the order of the questions. */
  async ask(questions: readonly Question[]): Promise<Answer[]> {
    for (const question of questions) this.#send(question);
    const answers: Answer[] = [];
    while (answers.length < questions.length) answers.push(await this.#next());
    return answers;
  }

  /**
   * Asks one question, and says at once that it is the only one: a proxy that buffers requests, and so passes none on
   * that stays open, then lets through whether there is gRPC behind it.
   */
  async askOnly(question: Question): Promise<Answer> {
    this.#send(question);
    this.#requests.close();
    const answer = await this.#next();
    await this.#receive();
    return answer;
  }

  /** Says goodbye. */
  async end(): Promise<void> {
    this.#requests.close();
    await this.#receive();
  }

  #send(question: Question): void {
    const { input } = this.#service.method.serverReflectionInfo;
    // It fails where the call has failed, which is told where its responses are read.
    this.#requests.write(create(input, { question })).catch(() => {});
  }

  async #next(): Promise<Answer> {
    const response = await this.#receive();
    if (response === undefined) throw new CodegenError("it ended the conversation before it had answered");
    const { answer } = response;
    if (answer.case === undefined) throw new CodegenError("it gave an answer of an unknown kind");
    this.#bytes += answer.case === "files" ? totalBytes(answer.value.encoded) : 0;
    if (this.#bytes > MAX_BYTES) {
      throw new CodegenError(`it sent more than ${MAX_BYTES} bytes of descriptors`);
    }
    return answer;
  }

  /** The next response; nothing when the server has ended the call. */
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

/** connect-node ends the call itself then, so that it has no status. */
function isTooLarge(error: unknown): boolean {
  return (
    error instanceof ConnectError &&
    error.code === Code.ResourceExhausted &&
    error.rawMessage.includes("readMaxBytes")
  );
}

function totalBytes(encoded: readonly Uint8Array[]): number {
  return encoded.reduce((sum, { length }) => sum + length, 0);
}
