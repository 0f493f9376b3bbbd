// node test/testing/replay/run.ts [--update] [FLOW…]: prints where the emulator differs from the recordings.
// `--update` removes steps that no longer differ from the list of exceptions; `--quiet` prints the numbers only.
import { parseArgs } from "node:util";
import { replay, startStage } from "./flow.ts";
import { flowNames, readExceptions, writeExceptions } from "./recording.ts";

const { values, positionals } = parseArgs({
  options: { update: { type: "boolean", default: false }, quiet: { type: "boolean", default: false } },
  allowPositionals: true,
});
const all = flowNames();
const flows = all.filter(
  (one) => positionals.length === 0 || positionals.some((name) => one.startsWith(name)),
);
const exceptions = readExceptions();
await using emulator = await startStage();
let [steps, same] = [0, 0];
for (const flow of flows) {
  const results = await replay(emulator, flow);
  const different = [...results].filter(([, problems]) => problems.length > 0);
  steps += results.size;
  same += results.size - different.length;
  console.log(`${flow}: ${results.size - different.length} of ${results.size} same`);
  for (const [step, problems] of values.quiet ? [] : different)
    console.log(`  ${step}\n    ${problems.join("\n    ")}`);
  for (const [step, problems] of results) if (problems.length === 0) exceptions.delete(step);
}
console.log(`${same} of ${steps} same, ${((100 * same) / steps).toFixed(1)} %`);
if (values.update) writeExceptions(exceptions);
