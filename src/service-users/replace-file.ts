import { chmod, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Readable and writable by the owner only. */
const PRIVATE = 0o600;

/**
 * Puts a text into a file in one step: whoever reads it, also after a power failure, sees all of the old text or all of
 * the new one. What is left of an attempt that was interrupted is written over.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", PRIVATE);
  try {
    // The mode above is subject to the umask, and may have been narrower.
    await chmod(temporary, PRIVATE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes a rename last. Not every file system can; then it lasts a moment later. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  await directory.sync().catch(() => undefined);
  await directory.close();
}
