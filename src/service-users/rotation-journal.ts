import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { replaceFile } from "./replace-file.ts";

/** How far a rotation has come: what another run needs to finish it. It holds the new private key. */
export interface Rotation {
  readonly userId: string;
  readonly oldKeyId: string;
  /** The new private key, in PEM. */
  readonly privateKey: string;
  /** ISO 8601, with milliseconds that no other key of the user has: the server's list of keys tells the key by it. */
  readonly expirationDate: string;
  /** Once the server has said it. */
  readonly keyId?: string | undefined;
  /** When the key file was replaced; milliseconds since the epoch. */
  readonly replacedAt?: number | undefined;
}

/** A journal belongs to a process: while that runs, no other one touches it. */
interface Journal extends Rotation {
  readonly owner: { readonly pid: number; readonly host: string };
}

/** Where the journal of a key file's rotation is. */
export function journalPath(keyFile: string): string {
  return `${keyFile}.rotation`;
}

/**
 * The rotation that was begun and is not finished, if any.
 *
 * @throws Error while the process that began it runs
 */
export async function readJournal(keyFile: string): Promise<Rotation | undefined> {
  const path = journalPath(keyFile);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  // This module has written it, in one step.
  const { owner, ...rotation } = JSON.parse(text) as Journal;
  if (owner.host === hostname() && owner.pid !== process.pid && isRunning(owner.pid)) {
    throw new Error(`rotateKey(): the process ${owner.pid} is rotating ${JSON.stringify(keyFile)}`);
  }
  return rotation;
}

/** Notes how far a rotation has come. */
export async function writeJournal(keyFile: string, rotation: Rotation): Promise<void> {
  const journal: Journal = { ...rotation, owner: { pid: process.pid, host: hostname() } };
  await replaceFile(journalPath(keyFile), JSON.stringify(journal));
}

/** Ends a rotation. */
export async function removeJournal(keyFile: string): Promise<void> {
  await rm(journalPath(keyFile), { force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process cannot be signalled, and runs.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
