import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { buf } from "../buf.ts";
import { CodegenError } from "../errors.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import type { Source } from "./source.ts";

/** Whatever else Buf takes: git repositories, archives, images in other encodings. */
export function bufSource(spec: string): Source {
  return {
    spec,
    async read(report) {
      report(`Reading ${spec}`);
      return { description: withoutCredentials(spec), files: await bufBuild(spec) };
    },
  };
}

/** The files that Buf builds from an input. */
export async function bufBuild(input: string, cwd?: string): Promise<FileDescriptorProto[]> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-buf-"), async (work) => {
    const output = join(work, "image.binpb");
    await buf(["build", input, "--output", output], { cwd });
    return decodeFiles(await readFile(output), input);
  });
}

/** Decodes a FileDescriptorSet or a Buf image. */
export function decodeFiles(image: Uint8Array, name: string): FileDescriptorProto[] {
  try {
    return fromBinary(FileDescriptorSetSchema, image).file;
  } catch (error) {
    throw new CodegenError(`${name} is not a FileDescriptorSet`, { cause: error });
  }
}

/** A URL may have a user and a password, which are not for logs and lock files. */
export function withoutCredentials(spec: string): string {
  return spec.replace(/(?<=^[a-z+]+:\/\/)[^/@]*@/, "");
}
