import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runBuf } from "./buf.ts";
import { replaceDirectory, resolveOutput } from "./output.ts";
import { findPeer } from "./peers.ts";
import { withScratchDirectory } from "./scratch-directory.ts";
import { createBufTemplate, OUTPUT_FOLDER, type OutputFormat } from "./template.ts";
import { importWellKnownTypesAlone } from "./well-known-imports.ts";

export interface GenerateOptions {
  /** A FileDescriptorSet or Buf image, encoded. */
  readonly image: Uint8Array;
  /** The directory to replace. */
  readonly out: string;
  /** Default: JavaScript with declarations. */
  readonly format?: OutputFormat | undefined;
  /**
   * A buf.gen.yaml to use instead of `format`, run in its own directory; its plugins write to `gen`. Default: the
   * plugins of this package.
   */
  readonly template?: string | undefined;
}

/** The settings of this package's gen/. */
export const DEFAULT_FORMAT: OutputFormat = { target: "js", importExtension: "js" };

/**
 * Generates code from an image. The output replaces `out` as a whole, and only if Buf succeeds: a failure changes
 * nothing, and no stale files remain.
 */
export async function generate(options: GenerateOptions): Promise<void> {
  findPeer("@bufbuild/protoc-gen-es");
  const target = resolveOutput(options.out);
  await withScratchDirectory(join(dirname(target), ".gen-"), async (work) => {
    const image = join(work, "image.binpb");
    await writeFile(image, options.image);
    const template = options.template ?? createBufTemplate(options.format ?? DEFAULT_FORMAT);
    const cwd = options.template === undefined ? work : dirname(options.template);
    await runBuf(["generate", image, "--template", template, "--output", work], { cwd });
    const output = join(work, OUTPUT_FOLDER);
    importWellKnownTypesAlone(output);
    replaceDirectory(target, output, join(work, "old"));
  });
}
