import type { Element, Surface } from "./surface.ts";

/** An element that differs between the APIs. */
export interface Change {
  readonly before: Element;
  readonly after: Element;
}

/** The differences between the surfaces of two APIs. */
export interface SurfaceDiff {
  readonly added: readonly Element[];
  readonly deprecated: readonly Element[];
  readonly removed: readonly Element[];
  readonly changed: readonly Change[];
}

/** Elements that are now imported from another file. */
export function findMoved(from: Surface, to: Surface): Change[] {
  return [...from].flatMap(([key, before]) => {
    const after = to.get(key);
    return after === undefined || after.file === before.file ? [] : [{ before, after }];
  });
}

/** Compares two surfaces. Members of something that was itself added or removed are left out, except RPCs. */
export function compareSurfaces(from: Surface, to: Surface): SurfaceDiff {
  const deprecated: Element[] = [];
  const changed: Change[] = [];
  for (const [key, after] of to) {
    const before = from.get(key);
    if (before === undefined) continue;
    if (after.deprecated && !before.deprecated) deprecated.push(after);
    if (after.signature !== before.signature) changed.push({ before, after });
  }
  return { added: findOnlyIn(to, from), deprecated, removed: findOnlyIn(from, to), changed };
}

function findOnlyIn(surface: Surface, other: Surface): Element[] {
  const missing = [...surface].filter(([key]) => !other.has(key)).map(([, element]) => element);
  const names = new Set(missing.map(({ name }) => name));
  return missing.filter(({ kind, parent }) => kind === "rpc" || parent === undefined || !names.has(parent));
}
