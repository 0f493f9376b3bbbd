import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ReflectionRequest, ReflectionResponse } from "../../descriptor/reflection.ts";
import { type DescriptorIndex, withImports } from "./descriptor-index.ts";

/** The services that reflection describes. */
export interface Described {
  /** The full names of the services, sorted. */
  readonly served: readonly string[];
  readonly index: DescriptorIndex;
}

/**
 * Creates the state of one reflection stream. Like gRPC's own servers, it sends a file with its imports, except those
 * that it has already sent.
 */
export function createConversation(
  schema: GenMessage<ReflectionResponse>,
  { served, index }: Described,
): (question: ReflectionRequest["question"]) => ReflectionResponse {
  const sent = new Set<DescFile>();
  const files = (file: DescFile | undefined, wanted: string): ReflectionResponse => {
    if (file === undefined) return error(Code.NotFound, `proto: not found: "${wanted}"`);
    const fresh = [...withImports(file)].filter((one) => one === file || !sent.has(one));
    for (const one of fresh) sent.add(one);
    const encoded = fresh.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return create(schema, { response: { case: "files", value: { encoded } } });
  };
  const error = (code: Code, message: string): ReflectionResponse =>
    create(schema, { response: { case: "error", value: { code, message } } });

  return ({ case: kind, value }) => {
    switch (kind) {
      case "listServices": {
        const service = served.map((name) => ({ name }));
        return create(schema, { response: { case: "services", value: { service } } });
      }
      case "fileByFilename":
        return files(index.byName(value), value);
      case "fileContainingSymbol":
        return files(index.bySymbol(value), value);
      default:
        return error(Code.Unimplemented, "the emulator does not support this request");
    }
  };
}
