import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  type ReflectionVersion,
  reflectionService,
} from "../../../descriptor/reflection.ts";
import { CodegenError } from "../../errors.ts";

export type Question = Exclude<ReflectionRequest["question"], { case: undefined }>;
export type Answer = Exclude<ReflectionResponse["answer"], { case: undefined }>;

/** What is allowed of answers in sum. Zitadel's are 1.2 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * One stream of questions and answers. It stays open for all questions: a server sends each file only once on it,
 * together with all that it imports.
 */
export class Conversation {
  readonly #questions = new Questions();
  readonly #answers: AsyncIterator<ReflectionResponse>;
  #bytes = 0;

  constructor(
    transport: Transport,
    version: ReflectionVersion,
    options: { headers: Headers; signal: AbortSignal },
  ) {
    const client: Client<ReturnType<typeof reflectionService>> = createClient(
      reflectionService(version),
      transport,
    );
    const answers = client.serverReflectionInfo(this.#questions, options);
    this.#answers = answers[Symbol.asyncIterator]();
  }

  /** Asks all at once, and gives the answers in the order of the questions. */
  async ask(questions: readonly Question[]): Promise<Answer[]> {
    for (const question of questions) this.#questions.push(question);
    const answers: Answer[] = [];
    while (answers.length < questions.length) answers.push(await this.#next());
    return answers;
  }

  /** Says goodbye. */
  async end(): Promise<void> {
    this.#questions.end();
    await this.#answers.next();
  }

  async #next(): Promise<Answer> {
    const { value, done } = await this.#answers.next();
    if (done === true) throw new CodegenError("it ended the conversation before it had answered");
    const answer: ReflectionResponse["answer"] = value.answer;
    if (answer.case === undefined) throw new CodegenError("it gave an answer of an unknown kind");
    if (answer.case === "files") this.#count(answer.value.encoded);
    return answer;
  }

  #count(files: readonly Uint8Array[]): void {
    for (const { length } of files) this.#bytes += length;
    if (this.#bytes > MAX_BYTES)
      throw new CodegenError(`it sent more than ${MAX_BYTES} bytes of descriptors`);
  }
}

/** Questions as they come, for a transport that reads them one by one. */
class Questions implements AsyncIterable<{ question: Question }> {
  readonly #waiting: Question[] = [];
  #ended = false;
  #wake = () => {};

  push(question: Question): void {
    this.#waiting.push(question);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<{ question: Question }> {
    while (true) {
      const question = this.#waiting.shift();
      if (question !== undefined) yield { question };
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
