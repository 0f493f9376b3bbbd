import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { findProblems } from "../../shared/json-schema.ts";
import type { Store } from "../state/model/store.ts";
import { restoreStore, type StoreData, saveStore } from "../state/snapshot.ts";
import { applySeed } from "./apply.ts";
import { decode, encode } from "./encoding.ts";
import { SEED_SCHEMA } from "./schema.ts";
import type { EmulatorState } from "./types.ts";

const VERSION = 1;

/** Throws a TypeError that names each invalid field, without values. */
export function checkSeed(seed: unknown, caller: string): void {
  const problems = findProblems(seed, SEED_SCHEMA, "it");
  if (problems.length > 0) throw new TypeError(`${caller}: seed: ${problems.join("; ")}`);
}

/**
 * Fills a store from a seed: first with its complete state, if it has one, then with everything else. Throws a
 * TypeError that names the path of an object that cannot be added.
 */
export function loadSeed(store: Store, seed: EmulatorState, caller: string): void {
  if (seed.store !== undefined) restoreStore(store, toStoreData(store, seed.store, caller));
  let path = "";
  try {
    applySeed(store, seed, (at) => {
      path = at;
    });
  } catch (cause) {
    const text = cause instanceof ConnectError ? cause.rawMessage : (cause as Error).message;
    throw new TypeError(`${caller}: seed: ${path}: ${text}`, { cause });
  }
}

/** Encodes the complete state of a store. */
export function toState(store: Store): EmulatorState {
  // encode() returns an object for an object.
  return { version: VERSION, store: encode(saveStore(store)) as JsonObject };
}

/** Decodes the state of a store. Fields that an older version did not have get the values of a new instance. */
function toStoreData(store: Store, encoded: JsonObject, caller: string): StoreData {
  const data = decode(encoded as JsonValue) as Partial<StoreData>;
  const { events, instanceId, organizations } = data;
  if (events === undefined || instanceId === undefined || !(organizations instanceof Map)) {
    throw new TypeError(`${caller}: seed: store is not from snapshot()`);
  }
  return { ...saveStore(store), ...data };
}
