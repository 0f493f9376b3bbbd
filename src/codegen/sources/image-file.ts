import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { CodegenError } from "../errors.ts";
import { bufSource, decodeFiles } from "./buf-input.ts";
import type { Source } from "./source.ts";

/** An encoded FileDescriptorSet, such as `buf build` and `protoc` write. */
export function imageFileSource(spec: string): Source {
  // Custom options in JSON are for Buf, which knows them; binary images may lack imports, which Buf refuses.
  if (!/\.(binpb|bin|pb)(\.gz)?$/.test(spec)) return bufSource(spec);
  return {
    spec,
    async read() {
      const bytes = await readFile(spec).catch((error: Error) => {
        throw new CodegenError(`${spec} cannot be read: ${error.message}`, { cause: error });
      });
      const image = spec.endsWith(".gz") ? await unzip(bytes, spec) : bytes;
      return { description: spec, files: decodeFiles(image, spec) };
    },
  };
}

async function unzip(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw new CodegenError(`${name} is not compressed by gzip`, { cause: error });
  }
}
