import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { secretText } from "./store.ts";

/** Omits empty values, as events do. */
export function omitEmpty(values: Readonly<Record<string, JsonValue>>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

/** Omits undefined values. */
export function omitUndefined<T extends object>(
  values: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

/** Finds the values that differ, compared as JSON. */
export function findChanges(wanted: object, before: object): JsonObject {
  const old: Readonly<Record<string, unknown>> = { ...before };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name])),
  );
}

/** Converts a duration for events: Go counts durations in nanoseconds. */
export function toNanoseconds(milliseconds: number): number {
  return milliseconds * 1e6;
}

/** Looks like an encrypted secret in an event, but contains none. */
export function fakeEncrypted(keyId: string): JsonObject {
  return { CryptoType: 0, Algorithm: "aes", KeyID: keyId, Crypted: secretText(44) };
}
