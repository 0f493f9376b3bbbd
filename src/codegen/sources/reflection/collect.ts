import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../../errors.ts";
import { createPartsBudget, decodeFile, type PartsBudget } from "../../files/decode-files.ts";
import { findWellKnownFile } from "../../files/well-known.ts";
import { MAX_FILES } from "../../limits.ts";
import type { Report } from "../source.ts";
import type { Conversation, Question, ReflectionResult } from "./conversation.ts";

/** A server's description of itself. */
export interface Reflected {
  readonly files: readonly FileDescriptorProto[];
  /** The services that the server lists. */
  readonly served: ReadonlySet<string>;
  /** Those of them that the server cannot describe. */
  readonly undescribed: readonly string[];
}

/** Services of gRPC itself, which are not part of the API. */
const INFRASTRUCTURE = /^grpc\./;

/**
 * Collects the files of all services that the server lists, and of the `expected` ones that it knows without serving
 * them; then their imports, until none is missing. Imports that the server does not have are left out.
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
  const budget = createPartsBudget();
  const add = (responses: readonly ReflectionResult[]): void => {
    for (const file of responses.flatMap((response) => decodeFiles(response, budget)))
      files.set(file.name, file);
    report(`Fetching descriptors: ${files.size} files`);
  };

  const listed = [...served];
  const responses = await conversation.ask(listed.map(askForSymbol));
  add(responses);
  const undescribed = listed.filter((_, i) => responses[i]?.case === "error");
  add(await conversation.ask(expected.filter((name) => !served.has(name)).map(askForSymbol)));

  const asked = new Set<string>();
  for (
    let missing = findMissingImports(files);
    missing.length > 0;
    missing = findMissingImports(files, asked)
  ) {
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
  const response = await conversation.askOnly({ case: "listServices", value: "*" });
  if (response.case !== "services") {
    throw new CodegenError(
      response.case === "error" ? `it says: ${response.value.message}` : "it does not list its services",
    );
  }
  return new Set(response.value.service.map(({ name }) => name).filter((name) => !INFRASTRUCTURE.test(name)));
}

function askForSymbol(value: string): Question {
  return { case: "fileContainingSymbol", value };
}

function decodeFiles(response: ReflectionResult, budget: PartsBudget): FileDescriptorProto[] {
  if (response.case !== "files") return [];
  return response.value.encoded.map((bytes) => decodeFile(bytes, "it sent a malformed descriptor", budget));
}

/** Imports that are missing, not part of protobuf, and not yet requested. */
function findMissingImports(
  files: ReadonlyMap<string, FileDescriptorProto>,
  asked: ReadonlySet<string> = new Set(),
): string[] {
  const imports = new Set([...files.values()].flatMap(({ dependency }) => dependency));
  return [...imports].filter(
    (name) => !files.has(name) && !asked.has(name) && findWellKnownFile(name) === undefined,
  );
}
