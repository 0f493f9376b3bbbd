/**
 * Runs parts of the tests, `node test/runner/run.ts [unit|codegen|package|examples]…`, or all of them, and beside them the
 * check of format, lint and types. Files share processes, since each process loads all of `src/` again; what fails is shown
 * when its process ends, and again how it would be run alone.
 */
import { exec } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
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
const isEverything = parts.length === 0;
const files = findFiles(TESTS, isEverything ? PARTS : parts);
const processes = planProcesses(files).map((those) => those.map((file) => join(TESTS, file)));
const progress = new Progress(process.stdout, processes.flat());
const tests = processes.map((those) => () => runTests(those, (outcome) => progress.note(outcome)));
/** Each resolves with what is wrong. */
const jobs = isEverything ? [runCheck, ...tests] : tests;

/** Checks format, lint and types. */
async function runCheck(): Promise<string | undefined> {
  // A shell, since npm is a script on Windows.
  return promisify(exec)("npm run check").then(
    () => undefined,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
  );
}

async function work(): Promise<void> {
  for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
    const failure = await next();
    if (failure === undefined) continue;
    process.exitCode = 1;
    progress.write(`\n${failure}\n`);
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, work));
progress.finish();
