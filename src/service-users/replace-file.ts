import { chmod, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Readable and writable by the owner only. */
const PRIVATE = 0o600;

/**
 * Writes a text to a file atomically: readers, also after a power failure, see either the old text or the new one. The
 * rest of an interrupted attempt is overwritten.
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

/** Makes a rename durable. Not every file system can; then it is durable a moment later. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  await directory.sync().catch(() => undefined);
  await directory.close();
}
