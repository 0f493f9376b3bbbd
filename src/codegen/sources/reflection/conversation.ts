import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  type ReflectionVersion,
  reflectionService,
} from "../../../descriptor/reflection.ts";
import type { OpenedSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";
import { GrpcStream } from "./grpc-stream.ts";

export type Question = Exclude<ReflectionRequest["question"], { case: undefined }>;
export type Answer = Exclude<ReflectionResponse["answer"], { case: undefined }>;

/** What is allowed of answers in sum. Zitadel's are 1.2 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * One stream of questions and answers. It stays open for all questions: a server sends each file only once on it,
 * together with all that it imports.
 */
export class Conversation {
  readonly #stream: GrpcStream;
  readonly #rpc;
  #bytes = 0;

  constructor(session: OpenedSession, version: ReflectionVersion, headers: Headers, signal: AbortSignal) {
    const service = reflectionService(version);
    this.#rpc = service.method.serverReflectionInfo;
    this.#stream = new GrpcStream(session, `/${service.typeName}/${this.#rpc.name}`, headers, signal);
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
    this.#stream.end();
    const answer = await this.#next();
    await this.#stream.receive();
    return answer;
  }

  /** Says goodbye. */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#stream.receive();
  }

  #send(question: Question): void {
    this.#stream.send(toBinary(this.#rpc.input, create(this.#rpc.input, { question })));
  }

  async #next(): Promise<Answer> {
    const message = await this.#stream.receive();
    if (message === undefined) throw new CodegenError("it ended the conversation before it had answered");
    this.#bytes += message.length;
    if (this.#bytes > MAX_BYTES)
      throw new CodegenError(`it sent more than ${MAX_BYTES} bytes of descriptors`);
    const { answer } = fromBinary(this.#rpc.output, message);
    if (answer.case === undefined) throw new CodegenError("it gave an answer of an unknown kind");
    return answer;
  }
}
