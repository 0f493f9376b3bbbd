import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { touch } from "./store.ts";

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Sets entries; one event each. */
export function setMetadata(store: Store, user: User, entries: readonly Entry[]): void {
  const now = store.now();
  for (const { key, value } of entries) {
    const createdAt = user.metadata.get(key)?.createdAt ?? now;
    user.metadata.set(key, { value, createdAt, changedAt: now });
    touch(store, user);
  }
}

/** Removes entries; all or none. */
export function deleteMetadata(store: Store, user: User, keys: readonly string[]): void {
  if (!keys.every((key) => user.metadata.has(key))) {
    throw zitadelError(Code.NotFound, "META-2nnds", "One or more keys do not exist");
  }
  for (const key of keys) {
    user.metadata.delete(key);
    touch(store, user);
  }
}
