import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import { readImage } from "../../codegen/api-record.ts";
import { type Comments, readComments } from "../../codegen/comments.ts";
import { createDocumentedImage } from "../../codegen/documented-image.ts";
import { readApi } from "../../codegen/read-api.ts";
import { parseSource } from "../../codegen/sources/parse-source.ts";
import type { InstanceOptions } from "../../codegen/sources/reflection/instance.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import { resolveProxy } from "../../transport/dial/proxy.ts";
import { resolveTls } from "../../transport/dial/tls.ts";
import { findCacheFolder } from "../connection/folders.ts";
import type { InstancePlace } from "../connection/resolve.ts";
import type { Terminal } from "../terminal.ts";

/** An API with its documentation. */
export interface DocumentedApi {
  readonly files: readonly DescFile[];
  readonly comments: Comments;
}

/** How long an instance's description that an earlier command read is used, in milliseconds. */
const MAX_AGE_MS = 24 * 3_600_000;

/** The API of an instance as it describes itself (gRPC server reflection). The description is cached for a day. */
export async function readLiveApi(
  instance: InstancePlace,
  terminal: Terminal,
  maxAgeMs: number = MAX_AGE_MS,
): Promise<DocumentedApi> {
  const file = toImageFile(instance, terminal.env);
  const known = instance.cache ? await readKnown(file, maxAgeMs) : undefined;
  const image = known ?? (await readInstance(instance, terminal));
  if (known === undefined && instance.cache) await keep(file, image);
  const files = [...readImage(image).files];
  return { files, comments: new Map(files.flatMap((each) => [...readComments(each)])) };
}

async function readInstance(instance: InstancePlace, { directory, status }: Terminal): Promise<Uint8Array> {
  const source = parseSource(instance.url, { directory, instance: toInstanceOptions(instance) });
  try {
    return await createDocumentedImage(await readApi(source, {}, status));
  } finally {
    status("");
  }
}

function toInstanceOptions({ ca, proxy, instanceHost }: InstancePlace): InstanceOptions {
  return {
    tls: resolveTls(ca === undefined ? {} : { ca: readOptionFile({ option: "--ca", path: ca }) }),
    proxy: resolveProxy(proxy, "--proxy"),
    instanceHost,
  };
}

function toImageFile({ url, instanceHost }: InstancePlace, env: NodeJS.ProcessEnv): string {
  const name = createHash("sha256")
    .update(JSON.stringify([url, instanceHost]))
    .digest("hex")
    .slice(0, 32);
  return join(findCacheFolder(env), "apis", `${name}.binpb`);
}

async function readKnown(file: string, maxAgeMs: number): Promise<Uint8Array | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs < maxAgeMs ? await readFile(file) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes the cache atomically, so that another command never reads half of it. If the folder cannot be written, the
 * next command reads the API again.
 */
async function keep(file: string, image: Uint8Array): Promise<void> {
  const written = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(written, image, { mode: 0o600 });
    await chmod(written, 0o600);
    await rename(written, file);
  } catch {
    await rm(written, { force: true });
  }
}
