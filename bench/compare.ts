/**
 * Compares this repository, as it is built in dist/, with an earlier commit, in turns on one machine, by the benchmarks
 * that a change may worsen unnoticed (starting, a call, a list). Prints a table in Markdown, and exits with 1 if
 * something is worse by more than noise can explain: see compare/judge.ts. Takes a few minutes.
 *
 * Run, after `npm run build`: node bench/compare.ts --base main
 *
 * `--base-dir` takes a folder with another build instead of a commit; `--only` says what to measure: `starts`, `calls`.
 */
import { parseArgs } from "node:util";
import { measureCalls } from "./compare/calls.ts";
import { type Measured, toReport } from "./compare/report.ts";
import { measureStarts } from "./compare/starts.ts";
import { buildTree, headTree } from "./compare/tree.ts";
import type { Trees } from "./compare/turns.ts";

const BENCHES: Readonly<Record<string, (trees: Trees) => Promise<Measured[]>>> = {
  starts: measureStarts,
  calls: measureCalls,
};

const { values } = parseArgs({
  options: {
    base: { type: "string" },
    "base-dir": { type: "string" },
    only: { type: "string", multiple: true },
  },
});
const { base, "base-dir": directory, only = Object.keys(BENCHES) } = values;
const unknown = only.filter((name) => !Object.hasOwn(BENCHES, name));
if ((base === undefined) === (directory === undefined) || unknown.length > 0) {
  console.error("Usage: node bench/compare.ts (--base <commit> | --base-dir <folder>) [--only starts|calls]");
  process.exit(2);
}

const trees: Trees = { base: directory ?? buildTree(base ?? ""), head: headTree };
const measured: Measured[] = [];
for (const name of only) measured.push(...((await BENCHES[name]?.(trees)) ?? []));
const { markdown, worse } = toReport(measured);
console.log(markdown);
process.exitCode = worse ? 1 : 0;
