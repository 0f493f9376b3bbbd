// What happens to calls when the server cannot keep up with the load, and after it has recovered, depending on the
// order in which pending calls get a stream: first in simulated time, with the same calls for each order, then in a
// short run over HTTP/2 on loopback. `node bench/overload.ts [simulation | loopback]`
import { disciplines } from "./overload/disciplines.ts";
import { runOverLoopback } from "./overload/loopback.ts";
import { scenarios, slowScenario } from "./overload/scenarios.ts";
import { type Discipline, type Environment, type Scenario, simulate } from "./overload/simulation.ts";
import { summarize, summarizeSlow } from "./overload/summary.ts";

const OURS = "newest first after 1 s (ours)";

interface Run {
  readonly scenario: Scenario;
  readonly slow: boolean;
  readonly create: (environment: Environment) => Discipline;
}

function run({ scenario, slow, create }: Run): object {
  simulate(scenario, create);
  const { failed, failedOfBatch, prompt, medianMs, p99Ms } = summarize(scenario.calls);
  return {
    failed,
    "of batch": failedOfBatch,
    "prompt %": Math.round(100 * prompt),
    "p50 s": seconds(medianMs),
    "p99 s": seconds(p99Ms),
    ...(slow ? describeSlow(scenario) : {}),
  };
}

function describeSlow({ calls }: Scenario): object {
  const { usefulPerSecond, medianMs, usefulAfterMs, promptAfterMs } = summarizeSlow(calls);
  return {
    "useful/s, slow": Math.round(usefulPerSecond),
    "p50 s, slow": seconds(medianMs),
    "useful after s": seconds(usefulAfterMs),
    "prompt after s": seconds(promptAfterMs),
  };
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(2));
}

function runSimulations(): void {
  for (const { name, slow, create: createScenario } of scenarios) {
    console.log(`\n${name}`);
    const rows = Object.entries(disciplines).map(([discipline, create]) => [
      discipline,
      run({ scenario: createScenario(), slow, create }),
    ]);
    console.table(Object.fromEntries(rows));
  }
  const ours = disciplines[OURS];
  if (ours === undefined) throw new Error(`There is no ${OURS}`);
  console.log("\n300/s, 60/s for 3 minutes, ours, by deadline and by how many streams are allowed in all");
  const rows = [30, 10, 2].flatMap((deadline) =>
    [100, 250, 800, 2000].map((streams) => [
      `${deadline} s, ${streams} streams`,
      run({ scenario: slowScenario(streams, 1000 * deadline), slow: true, create: ours }),
    ]),
  );
  console.table(Object.fromEntries(rows));
}

const only = process.argv[2];
if (only !== "loopback") runSimulations();
if (only !== "simulation") await runOverLoopback();
