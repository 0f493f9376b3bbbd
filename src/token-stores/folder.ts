import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { TokenStore } from "../auth/store/token-store.ts";
import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";

/** Options of {@link folderTokenStore}. */
export interface FolderTokenStoreOptions {
  /** The path of a folder for tokens alone. It is made when it is needed, for this user only. */
  readonly folder: string;
}

const FILE = ".token";
const LOCK = ".lock";
const UNFINISHED = ".tmp";
/** What processes that died have left is removed after this long. */
const LEFTOVER_MS = 3_600_000;

/**
 * Keeps tokens in files of a folder, for processes of one machine: commands that are run often, workers of one host.
 * Files are sealed and of mode 0600, and replaced as a whole. Those that have expired are removed when another is written.
 *
 * @example
 * ```ts
 * import { createZitadel } from "zitadel-connect";
 * import { folderTokenStore } from "zitadel-connect/token-stores";
 *
 * const zitadel = createZitadel({ tokenStore: folderTokenStore({ folder: "/var/cache/billing" }) });
 * ```
 *
 * @throws TypeError for options that cannot be used
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
    // The time of the file is when it expires.
    await utimes(written, new Date(), new Date(Date.now() + ttlMs));
    await rename(written, path);
    await this.#removeExpired();
  }

  async lock(key: string, { ttlMs }: { readonly ttlMs: number }): Promise<(() => Promise<void>) | undefined> {
    await this.#make();
    const path = join(this.#folder, key + LOCK);
    // Of a process that died with it.
    if ((await age(path)) > ttlMs) await rm(path, { force: true });
    const file = await orNothing("EEXIST", open(path, "wx", 0o600));
    if (file === undefined) return undefined;
    await file.close();
    return () => rm(path, { force: true });
  }

  async #make(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** What is left of credentials that are no longer in use, and of processes that died. */
  async #removeExpired(): Promise<void> {
    const endings = { [FILE]: 0, [LOCK]: LEFTOVER_MS, [UNFINISHED]: LEFTOVER_MS };
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const keptMs = Object.entries(endings).find(([ending]) => name.endsWith(ending))?.[1];
      if (keptMs !== undefined && (await age(path)) > keptMs) await rm(path, { force: true });
    }
  }
}

/** How long ago a file was written, in milliseconds; that of a token, how long ago it expired. */
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
