import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { replaceFile } from "./replace-file.ts";

/** The process that a journal belongs to. While it runs, no other process changes the journal. */
interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** Where a rotation records its progress. */
export interface JournalOptions {
  /** If undefined, the journal is in memory, and is lost with the process. */
  readonly path: string | undefined;
  /** Whether it may contain secrets. */
  readonly keepsSecrets: boolean;
  /** The name of the calling function, for error messages. */
  readonly caller: string;
}

/** The progress of a rotation: what another run needs to finish it. `Entry` is what it records. */
export class RotationJournal<Entry extends object> {
  readonly keepsSecrets: boolean;
  readonly #path: string | undefined;
  readonly #caller: string;

  constructor({ path, keepsSecrets, caller }: JournalOptions) {
    this.#path = path;
    this.#caller = caller;
    this.keepsSecrets = keepsSecrets;
  }

  /** Whether the journal survives the process. */
  get isKept(): boolean {
    return this.#path !== undefined;
  }

  /**
   * The unfinished rotation, if any.
   *
   * @throws Error while the process that began it runs
   */
  async read(): Promise<Entry | undefined> {
    if (this.#path === undefined) return undefined;
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    // This class wrote it atomically.
    const { owner, ...entry } = JSON.parse(text) as Entry & { readonly owner: Owner };
    if (owner.host === hostname() && owner.pid !== process.pid && isRunning(owner.pid)) {
      const where = JSON.stringify(this.#path);
      throw new Error(
        `${this.#caller}: the process ${owner.pid} is rotating the same credential; see ${where}`,
      );
    }
    return entry as object as Entry;
  }

  /** Records the progress of a rotation. */
  async write(entry: Entry): Promise<void> {
    if (this.#path === undefined) return;
    const owner: Owner = { pid: process.pid, host: hostname() };
    await replaceFile(this.#path, JSON.stringify({ ...entry, owner }));
  }

  /** Ends a rotation. */
  async remove(): Promise<void> {
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }
}

/** The path of the journal of a file's rotation. */
export function toJournalPath(file: string): string {
  return `${file}.rotation`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process that may not be signaled belongs to another user, and exists.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
