// What becomes of calls when the server is slower than what is asked of it, and after it has recovered, by the order
// in which pending calls get a stream: first in simulated time, with the same calls for each order, then in a short
// run over HTTP/2 on loopback. `node bench/overload.ts [simulation | loopback]`
import { disciplines } from "./overload/disciplines.ts";
import { runOverLoopback } from "./overload/loopback.ts";
import { scenarios, slowScenario } from "./overload/scenarios.ts";
import { type Discipline, type Environment, type Scenario, simulate } from "./overload/simulation.ts";
import { summarize } from "./overload/summary.ts";

const OURS = "newest first after 1 s (ours)";

function measure(scenario: Scenario, create: (environment: Environment) => Discipline) {
  simulate(scenario, create);
  const summary = summarize(scenario.calls);
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2));
  return {
    failed: summary.failed,
    "of batch": summary.failedOfBatch,
    "useful/s, slow": Math.round(summary.usefulPerSecond),
    "p50 s, slow": seconds(summary.medianSlowMs),
    "p50 s": seconds(summary.medianMs),
    "p99 s": seconds(summary.p99Ms),
    "useful after s": seconds(summary.usefulAfterMs),
    "prompt after s": seconds(summary.promptAfterMs),
  };
}

function runSimulations(): void {
  for (const { name, create } of scenarios) {
    console.log(`\n${name}`);
    const rows = Object.entries(disciplines).map(([discipline, start]) => [
      discipline,
      measure(create(), start),
    ]);
    console.table(Object.fromEntries(rows));
  }
  const ours = disciplines[OURS];
  if (ours === undefined) throw new Error(`There is no ${OURS}`);
  console.log("\n300/s, 60/s for 3 minutes, ours, by deadline and by how many streams are allowed in all");
  const rows = [30, 10, 2].flatMap((deadline) =>
    [100, 250, 800, 2000].map((streams) => [
      `${deadline} s, ${streams} streams`,
      measure(slowScenario(streams, 1000 * deadline), ours),
    ]),
  );
  console.table(Object.fromEntries(rows));
}

const only = process.argv[2];
if (only !== "loopback") runSimulations();
if (only !== "simulation") await runOverLoopback();
