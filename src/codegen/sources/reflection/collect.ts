import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../../errors.ts";
import { decodeFile, type PartsBudget, partsBudget } from "../../files/decode-files.ts";
import { wellKnownFile } from "../../files/well-known.ts";
import { MAX_FILES } from "../../limits.ts";
import type { Report } from "../source.ts";
import type { Answer, Conversation, Question } from "./conversation.ts";

/** What a server says of itself. */
export interface Reflected {
  readonly files: readonly FileDescriptorProto[];
  /** Services that the server says it serves. */
  readonly served: ReadonlySet<string>;
  /** Of those, the ones that it cannot describe. */
  readonly undescribed: readonly string[];
}

/** Services of gRPC itself, which are about the server and not of the API. */
const INFRASTRUCTURE = /^grpc\./;

/**
 * Collects the files of all services that the server lists, and of those `expected` ones that it knows without
 * serving them; then, until none is missing, what these files import. Imports that it does not have are left out.
 */
export async function collectFiles(
  open: () => Conversation,
  expected: readonly string[],
  report: Report,
): Promise<Reflected> {
  const served = await listServices(open());
  if (served.size > MAX_FILES) throw new CodegenError(`it lists more than ${MAX_FILES} services`);
  const conversation = open();
  const files = new Map<string, FileDescriptorProto>();
  const budget = partsBudget();
  const add = (answers: readonly Answer[]): void => {
    for (const file of answers.flatMap((answer) => filesOf(answer, budget))) files.set(file.name, file);
    report(`Fetching descriptors: ${files.size} files`);
  };

  const listed = [...served];
  const answers = await conversation.ask(listed.map(fileOfSymbol));
  add(answers);
  const undescribed = listed.filter((_, i) => answers[i]?.case === "error");
  add(await conversation.ask(expected.filter((name) => !served.has(name)).map(fileOfSymbol)));

  const asked = new Set<string>();
  for (let missing = missingImports(files); missing.length > 0; missing = missingImports(files, asked)) {
    if (files.size + missing.length > MAX_FILES) {
      throw new CodegenError(`it describes more than ${MAX_FILES} files`);
    }
    for (const name of missing) asked.add(name);
    add(await conversation.ask(missing.map((value): Question => ({ case: "fileByFilename", value }))));
  }
  await conversation.end();
  return { files: [...files.values()], served, undescribed };
}

async function listServices(conversation: Conversation): Promise<Set<string>> {
  const answer = await conversation.askOnly({ case: "listServices", value: "*" });
  if (answer.case !== "services") {
    throw new CodegenError(
      answer.case === "error" ? `it says: ${answer.value.message}` : "it does not list its services",
    );
  }
  return new Set(answer.value.service.map(({ name }) => name).filter((name) => !INFRASTRUCTURE.test(name)));
}

function fileOfSymbol(value: string): Question {
  return { case: "fileContainingSymbol", value };
}

function filesOf(answer: Answer, budget: PartsBudget): FileDescriptorProto[] {
  if (answer.case !== "files") return [];
  return answer.value.encoded.map((bytes) =>
    decodeFile(bytes, "it sent a descriptor that is malformed", budget),
  );
}

/** Imports that are neither there nor part of protobuf, nor asked for before. */
function missingImports(
  files: ReadonlyMap<string, FileDescriptorProto>,
  asked: ReadonlySet<string> = new Set(),
): string[] {
  const imports = new Set([...files.values()].flatMap(({ dependency }) => dependency));
  return [...imports].filter(
    (name) => !files.has(name) && !asked.has(name) && wellKnownFile(name) === undefined,
  );
}
