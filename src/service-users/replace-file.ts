import { chmod, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Readable and writable by the owner only. */
const PRIVATE = 0o600;

/**
 * Writes a text to a file atomically: readers see either the old text or the new one, even after a power failure. The
 * remains of an interrupted attempt are overwritten.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", PRIVATE);
  try {
    // The umask may have made the mode above narrower.
    await chmod(temporary, PRIVATE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes a rename durable. Where the file system does not support that, it becomes durable a moment later. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  await directory.sync().catch(() => undefined);
  await directory.close();
}
