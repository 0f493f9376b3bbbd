import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Store } from "./model/store.ts";
import type { MetadataEntry } from "./model/user.ts";
import { writeEvents } from "./store.ts";

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A user or an organization. */
type Keeper = Aggregate & { readonly metadata: Map<string, MetadataEntry> };

/** Sets entries; one event for each that differs. */
export function setMetadata(store: Store, keeper: Keeper, entries: readonly Entry[]): void {
  const now = store.now();
  for (const { key, value } of entries) {
    const old = keeper.metadata.get(key);
    if (old !== undefined && Buffer.from(value).equals(old.value)) continue;
    keeper.metadata.set(key, { value, createdAt: old?.createdAt ?? now, changedAt: now });
    const payload = { key, value: Buffer.from(value).toString("base64") };
    writeEvents(store, keeper, { type: `${keeper.aggregateType}.metadata.set`, payload });
  }
}

/** Removes entries; all or none. */
export function deleteMetadata(store: Store, keeper: Keeper, keys: readonly string[]): void {
  if (!keys.every((key) => keeper.metadata.has(key))) {
    const id = keeper.aggregateType === "org" ? "META-2npds" : "META-2nnds";
    throw zitadelError(Code.NotFound, id, "One or more keys do not exist");
  }
  for (const key of keys) {
    keeper.metadata.delete(key);
    writeEvents(store, keeper, { type: `${keeper.aggregateType}.metadata.removed`, payload: { key } });
  }
}
