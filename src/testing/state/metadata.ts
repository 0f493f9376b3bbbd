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
export type MetadataKeeper = Aggregate & { readonly metadata: Map<string, MetadataEntry> };

/** Throws if an entry of a new user has no key. */
export function checkMetadata({ key }: Entry): void {
  if (key.trim() === "") {
    throw zitadelError(Code.InvalidArgument, "USER-Drght", "Errors.User.Metadata.KeyEmpty");
  }
}

/** Throws if a request has no entries. */
export function requireEntries(entries: readonly unknown[]): void {
  if (entries.length === 0) {
    throw zitadelError(Code.FailedPrecondition, "META-9mm2d", "Metadata list is empty");
  }
}

/** Sets entries, with an event for each. Skips unchanged ones of a user, and removes those without a value. */
export function setMetadata(store: Store, keeper: MetadataKeeper, entries: readonly Entry[]): void {
  const isUser = keeper.aggregateType === "user";
  const before = new Map(keeper.metadata);
  for (const { key, value } of entries) {
    const old = before.get(key);
    if (value.length === 0) {
      if (old !== undefined) removeEntry(store, keeper, key);
      continue;
    }
    if (isUser && old !== undefined && Buffer.from(value).equals(old.value)) continue;
    const payload = { key, value: Buffer.from(value).toString("base64") };
    writeEvents(store, keeper, { type: `${keeper.aggregateType}.metadata.set`, payload });
    const { changedAt, sequence } = keeper;
    const createdAt = keeper.metadata.get(key)?.createdAt ?? changedAt;
    // Lists show entries that have the same creation time in the order in which they were last set.
    keeper.metadata.delete(key);
    keeper.metadata.set(key, { value, createdAt, changedAt, sequence });
  }
}

/** Removes all of the entries, or none. */
export function deleteMetadata(store: Store, keeper: MetadataKeeper, keys: readonly string[]): void {
  if (!keys.every((key) => keeper.metadata.has(key))) {
    const id = keeper.aggregateType === "org" ? "META-2npds" : "META-2nnds";
    throw zitadelError(Code.NotFound, id, "One or more keys do not exist");
  }
  for (const key of keys) removeEntry(store, keeper, key);
}

function removeEntry(store: Store, keeper: MetadataKeeper, key: string): void {
  keeper.metadata.delete(key);
  writeEvents(store, keeper, { type: `${keeper.aggregateType}.metadata.removed`, payload: { key } });
}
