import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createFileRegistry, type DescFile, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { packageRoot } from "../../package-root.ts";
import { type Comments, readComments } from "../comments.ts";
import { decompressImage } from "../compression.ts";
import { ERROR_TYPES } from "../error-types.ts";
import type { Source } from "./source.ts";

const GEN = join(packageRoot, "gen");

/** The file in gen/ with the API that gen/ is made from, unchanged: an image with comments, compressed with Brotli. */
export const PINNED_IMAGE = "api.binpb.br";

/** An API with its documentation. */
export interface PinnedApi {
  readonly files: readonly DescFile[];
  readonly comments: Comments;
}

let pinned: Promise<PinnedApi> | undefined;

/** The API that this package is built for. Read once. */
export function readPinnedApi(): Promise<PinnedApi> {
  pinned ??= read();
  return pinned;
}

async function read(): Promise<PinnedApi> {
  const image = await decompressImage(await readFile(join(GEN, PINNED_IMAGE)));
  const files = [...createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).files];
  return { files, comments: new Map(files.flatMap((file) => [...readComments(file)])) };
}

/**
 * Lists what to ask an instance for besides the services that it lists: the pinned ones, whose names are in the index
 * of the generated code, and the types that only errors contain.
 */
export async function listExpectedSymbols(): Promise<string[]> {
  const index: { services: object } = await import(pathToFileURL(join(GEN, "services.js")).href);
  return [...listNames(index.services), ...ERROR_TYPES];
}

function listNames(node: object): string[] {
  return Object.entries(node).flatMap(([name, value]) =>
    name === "$service" ? [value.typeName] : listNames(value),
  );
}

/** The source `pin` of commands. */
export const pinSource: Source = {
  spec: "pin",
  async read() {
    const { files, comments } = await readPinnedApi();
    const description = "the API that zitadel-connect is built for";
    return { description, files: files.map(({ proto }) => proto), comments, isDocumented: true };
  },
};
