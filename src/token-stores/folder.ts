import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { TokenStore } from "../auth/store/token-store.ts";
import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";

/** Options of {@link folderTokenStore}. */
export interface FolderTokenStoreOptions {
  /** The path of a folder that holds only tokens. It is created on demand, accessible only to the current user. */
  readonly folder: string;
}

const FILE = ".token";
const LOCK = ".lock";
const UNFINISHED = ".tmp";
/** Files left behind by dead processes are removed after this time, in milliseconds. */
const LEFTOVER_MS = 3_600_000;

/**
 * Keeps tokens in the files of a folder, for processes on one machine, such as commands that run often, or the workers
 * of one host. Files are encrypted, have mode 0600, and are replaced atomically. Expired ones are removed when another
 * is written.
 *
 * @example
 * ```ts
 * import { createZitadel } from "zitadel-connect";
 * import { folderTokenStore } from "zitadel-connect/token-stores";
 *
 * const zitadel = createZitadel({ tokenStore: folderTokenStore({ folder: "/var/cache/billing" }) });
 * ```
 *
 * @throws TypeError if an option is invalid
 */
export function folderTokenStore(options: FolderTokenStoreOptions): TokenStore {
  const folder = checkOptions("folderTokenStore()", () => {
    requireObject("its argument", options, "{ folder }");
    requireKnown("", options, KNOWN);
    requireString("folder", options.folder);
    return options.folder;
  });
  return new FolderTokenStore(folder);
}

const KNOWN: Record<keyof FolderTokenStoreOptions, true> = { folder: true };

class FolderTokenStore implements Required<TokenStore> {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(key: string): Promise<string | undefined> {
    return orNothing("ENOENT", readFile(join(this.#folder, key + FILE), "utf8"));
  }

  async set(key: string, value: string, { ttlMs }: { readonly ttlMs: number }): Promise<void> {
    await this.#make();
    const path = join(this.#folder, key + FILE);
    const written = join(this.#folder, randomUUID() + UNFINISHED);
    const file = await open(written, "wx", 0o600);
    try {
      await file.writeFile(value);
    } finally {
      await file.close();
    }
    // The modification time of the file is the expiry of the token.
    await utimes(written, new Date(), new Date(Date.now() + ttlMs));
    await rename(written, path);
    await this.#removeExpired();
  }

  async lock(key: string, { ttlMs }: { readonly ttlMs: number }): Promise<(() => Promise<void>) | undefined> {
    await this.#make();
    const path = join(this.#folder, key + LOCK);
    // A process that died has left it.
    if ((await age(path)) > ttlMs) await rm(path, { force: true });
    const file = await orNothing("EEXIST", open(path, "wx", 0o600));
    if (file === undefined) return undefined;
    await file.close();
    return () => rm(path, { force: true });
  }

  async #make(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Removes the files of credentials that are no longer used, and those of dead processes. */
  async #removeExpired(): Promise<void> {
    const endings = { [FILE]: 0, [LOCK]: LEFTOVER_MS, [UNFINISHED]: LEFTOVER_MS };
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const keptMs = Object.entries(endings).find(([ending]) => name.endsWith(ending))?.[1];
      if (keptMs !== undefined && (await age(path)) > keptMs) await rm(path, { force: true });
    }
  }
}

/** The age of a file in milliseconds; for a token, the time since it expired. */
async function age(path: string): Promise<number> {
  const status = await orNothing("ENOENT", stat(path));
  return Date.now() - (status?.mtimeMs ?? Number.POSITIVE_INFINITY);
}

async function orNothing<T>(code: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return undefined;
    throw error;
  }
}
