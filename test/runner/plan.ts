import { globSync } from "node:fs";
import { join } from "node:path";

/** The parts of the tests, by the folders of test/. All other folders are `unit`. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  codegen: ["cli", "codegen"],
  package: ["house", "package", "types"],
  examples: ["examples"],
};

/** What `npm run test:<part>` can run. */
export const PARTS: readonly string[] = ["unit", ...Object.keys(FOLDERS)];

/** Files that take longest, which start first, each in a process of its own. */
const LONG: readonly string[] = [
  "package/package.test.ts",
  "examples/fleet-import.test.ts",
  "cli/generate.test.ts",
];

/** Files that need a process of their own, and why. */
const ALONE: Readonly<Record<string, string>> = {
  "testing/recipes/one-emulator.test.ts": "its hooks are those of all tests of the process",
};

/**
 * How many files of a part share a process, which loads all of `src/` again: that takes longer than most tests. In the order
 * in which they start.
 */
const SHARED: Readonly<Record<string, number>> = { codegen: 12, package: 9, examples: 4, unit: 24 };

/** Finds the test files of parts, by their paths within `directory`. */
export function findFiles(directory: string, parts: readonly string[] = PARTS): string[] {
  return globSync("**/*.test.ts", { cwd: directory })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => parts.includes(findPart(path)))
    .sort();
}

/** Divides test files among processes, in the order in which these should begin. */
export function planProcesses(files: readonly string[]): string[][] {
  const long = LONG.filter((file) => files.includes(file)).map((file) => [file]);
  const alone = files.filter((file) => file in ALONE).map((file) => [file]);
  const others = files.filter((file) => !LONG.includes(file) && !(file in ALONE));
  // The last of a part first: the tests of `transport` wait more than others, and nothing should be waited for at the end.
  const shared = Object.entries(SHARED).flatMap(([part, most]) =>
    inEqualParts(
      others.filter((file) => findPart(file) === part),
      most,
    ).reverse(),
  );
  return [...long, ...alone, ...shared];
}

function findPart(path: string): string {
  const [folder = ""] = path.split("/");
  return Object.keys(FOLDERS).find((part) => FOLDERS[part]?.includes(folder)) ?? "unit";
}

function inEqualParts<T>(items: readonly T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, index) =>
    items.slice((index * items.length) / count, ((index + 1) * items.length) / count),
  );
}

/** The folder of the tests. */
export const TESTS: string = join(import.meta.dirname, "..");
