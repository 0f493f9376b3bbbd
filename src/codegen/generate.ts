import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { buf } from "./buf.ts";
import { findPeer } from "./peers.ts";
import { bufTemplate, OUTPUT_FOLDER, type OutputFormat } from "./template.ts";

export interface GenerateOptions {
  /** A FileDescriptorSet or Buf image, encoded. */
  readonly image: Uint8Array;
  /** The directory to replace. */
  readonly out: string;
  /** Default: JavaScript with declarations. */
  readonly format?: OutputFormat | undefined;
}

/** What gen/ of this package has. */
export const DEFAULT_FORMAT: OutputFormat = { target: "js", importExtension: "js" };

/**
 * Generates code from an image. The output takes the place of what was in `out` as a whole and only when Buf
 * has succeeded, so that a failure leaves what was there, and no stale file stays.
 */
export async function generate({ image, out, format = DEFAULT_FORMAT }: GenerateOptions): Promise<void> {
  findPeer("@bufbuild/protoc-gen-es");
  const target = resolve(out);
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), ".gen-"));
  try {
    await writeFile(join(work, "image.binpb"), image);
    await buf(["generate", "image.binpb", "--template", bufTemplate(format)], { cwd: work });
    await replaceDirectory(target, join(work, OUTPUT_FOLDER), join(work, "old"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Renames, which cannot fail halfway; what was there comes back if the second one fails. */
async function replaceDirectory(target: string, replacement: string, old: string): Promise<void> {
  const existed = existsSync(target);
  if (existed) await rename(target, old);
  try {
    await rename(replacement, target);
  } catch (error) {
    if (existed) await rename(old, target);
    throw error;
  }
}
