import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { buf } from "./buf.ts";

export interface GenerateOptions {
  /** A FileDescriptorSet or Buf image, encoded. */
  readonly image: Uint8Array;
  /** The buf.gen.yaml to follow, whose plugins write to `gen`. */
  readonly template: string;
  /** The directory to replace. */
  readonly out: string;
}

/**
 * Generates code from an image. The output takes the place of what was in `out` as a whole and only when Buf
 * has succeeded, so that a failure leaves what was there, and no stale file stays.
 */
export async function generate({ image, template, out }: GenerateOptions): Promise<void> {
  const target = resolve(out);
  const work = await mkdtemp(join(dirname(target), ".gen-"));
  try {
    const imageFile = join(work, "image.binpb");
    await writeFile(imageFile, image);
    await buf(
      ["generate", imageFile, "--template", resolve(template), "--output", work],
      dirname(resolve(template)),
    );
    if (existsSync(target)) await rename(target, join(work, "old"));
    await rename(join(work, "gen"), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
