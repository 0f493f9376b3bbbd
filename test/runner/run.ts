/**
 * Runs the tests, or parts of them: `node test/runner/run.ts [unit|codegen|package|examples]…`. Files share processes, since
 * each process loads all of `src/` again; what fails is shown when its process ends, and again how it would be run alone.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { findFiles, PARTS, planProcesses, TESTS } from "./plan.ts";
import { Progress } from "./progress.ts";
import { runTests } from "./test-process.ts";

/** Many tests wait for something, so one more than there are CPUs. */
const CONCURRENCY = availableParallelism() + 1;

const parts = process.argv.slice(2);
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined) {
  console.error(`test: ${unknown} is not a part of the tests; the parts are: ${PARTS.join(", ")}`);
  process.exit(2);
}
const files = findFiles(TESTS, parts.length === 0 ? PARTS : parts);
const waiting = planProcesses(files).map((those) => those.map((file) => join(TESTS, file)));
const progress = new Progress(process.stdout, waiting.flat());

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const failure = await runTests(next, (outcome) => progress.note(outcome));
    if (failure === undefined) continue;
    process.exitCode = 1;
    progress.write(`\n${failure}\n`);
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, work));
progress.finish();
