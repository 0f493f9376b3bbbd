import type { MissingImport } from "./imports.ts";

/** Where a tree comes from, for messages. */
export interface Place {
  /** The source as it was given, without credentials. */
  readonly name: string;
  /** How to refer to a file of the tree. */
  at(path: string): string;
  /** How to give one of its directories as a source; undefined for the parent directory. */
  within(directory: string): string;
}

/** The first missing import, and what is known about it. */
export interface MissingProblem {
  /** A sentence without a period. */
  readonly text: string;
  /** What to do about it, if that can be seen from the tree. */
  readonly advice: string | undefined;
}

export function findProblem(
  missing: readonly [MissingImport, ...MissingImport[]],
  paths: ReadonlyMap<string, string>,
  place: Place,
): MissingProblem {
  const [{ name, by, line, withheld }] = missing;
  const others = new Set(missing.map((each) => each.name)).size - 1;
  const more = others === 0 ? "" : `, and ${others === 1 ? "one more" : `${others} more`}`;
  const text = `${place.at(paths.get(by) ?? by)}:${line}: the import ${name} is missing${more}`;
  const misplaced = findAdvice(name, paths, place);
  return { text, advice: misplaced ?? (withheld ? WITHHELD : undefined) };
}

const WITHHELD =
  "it is one of Zitadel's own files, which the source itself must have, since one from another version may not fit";

/** Advises what to give instead if the source is a directory too high or too low. */
function findAdvice(name: string, paths: ReadonlyMap<string, string>, place: Place): string | undefined {
  const deeper = [...paths.values()].find((path) => path.endsWith(`/${name}`));
  if (deeper !== undefined) {
    const directory = place.within(deeper.slice(0, -name.length - 1));
    return `it is at ${place.at(deeper)}, but imports are relative to the source or to a module of its buf.yaml: give ${directory}`;
  }
  const segments = name.split("/");
  const higher = segments.findIndex((_, i) => i > 0 && paths.has(segments.slice(i).join("/")));
  if (higher < 1) return undefined;
  return `imports are relative to the source: give the directory that ${segments.slice(0, higher).join("/")} is in`;
}
