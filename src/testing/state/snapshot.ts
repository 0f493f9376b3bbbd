import type { SavedEvents } from "./event-log.ts";
import type { Store } from "./model/store.ts";

/** The data of a store: everything except its functions. */
export type StoreData = Omit<Store, "events" | "now" | "newId"> & { readonly events: SavedEvents };

/** Copies the data of a store. */
export function saveStore(store: Store): StoreData {
  const { events, now: _, newId: __, ...data } = store;
  return { ...copyData(data), events: events.save() };
}

/** Replaces the content of a store with saved data, which can be restored again later. */
export function restoreStore(store: Store, { events, ...data }: StoreData): void {
  Object.assign(store, copyData(data));
  store.events.restore(events);
}

/** Makes a deep copy of plain data. */
export function copyData<T>(value: T): T {
  return copy(value, new Map());
}

/** An object that is referenced twice is copied once. */
function copy<T>(value: T, copies: Map<object, unknown>): T {
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  // A copy has the type of its original.
  if (known !== undefined) return known as T;
  if (value instanceof Uint8Array) return value.slice() as T;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    copies.set(value, items);
    for (const item of value) items.push(copy(item, copies));
    return items as T;
  }
  if (value instanceof Map) {
    const entries = new Map();
    copies.set(value, entries);
    for (const [key, item] of value) entries.set(key, copy(item, copies));
    return entries as T;
  }
  if (value instanceof Set) return new Set(value) as T;
  const fields = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  copies.set(value, fields);
  for (const name of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    // Lazy values stay lazy: copying them must not compute them, and both must yield the same value.
    if (property?.get !== undefined) Object.defineProperty(fields, name, property);
    else fields[name] = copy(property?.value, copies);
  }
  return fields as T;
}
