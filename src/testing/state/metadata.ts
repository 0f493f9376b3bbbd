import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { writeEvents } from "./store.ts";

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Sets entries; one event for each that differs. */
export function setMetadata(store: Store, user: User, entries: readonly Entry[]): void {
  const now = store.now();
  for (const { key, value } of entries) {
    const old = user.metadata.get(key);
    if (old !== undefined && Buffer.from(value).equals(old.value)) continue;
    user.metadata.set(key, { value, createdAt: old?.createdAt ?? now, changedAt: now });
    const payload = { key, value: Buffer.from(value).toString("base64") };
    writeEvents(store, user, { type: "user.metadata.set", payload });
  }
}

/** Removes entries; all or none. */
export function deleteMetadata(store: Store, user: User, keys: readonly string[]): void {
  if (!keys.every((key) => user.metadata.has(key))) {
    throw zitadelError(Code.NotFound, "META-2nnds", "One or more keys do not exist");
  }
  for (const key of keys) {
    user.metadata.delete(key);
    writeEvents(store, user, { type: "user.metadata.removed", payload: { key } });
  }
}
