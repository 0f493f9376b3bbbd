/**
 * What a cold `import "zitadel-connect"` costs over importing Connect and connect-node, and what the first service costs
 * on top: medians of fresh processes that take turns. Run: node bench/import.ts
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./median.ts";

const dist = join(import.meta.dirname, "../dist/index.js");
const gen = join(import.meta.dirname, "../gen/zitadel/user/v2/user_service_pb.js");
const connect = ["@connectrpc/connect", "@connectrpc/connect-node"];

const cases: Record<string, readonly string[]> = {
  "connect and connect-node": connect,
  "zitadel-connect": [dist],
  "zitadel-connect and one service": [dist, gen],
};

/** Milliseconds that a fresh process spends on imports. */
function measure(modules: readonly string[]): number {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join("");
  const code = `const t = performance.now(); ${imports} console.log(performance.now() - t)`;
  const cwd = join(import.meta.dirname, "..");
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd }));
}

const rounds = 21;
const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, modules] of Object.entries(cases)) times.get(name)?.push(measure(modules));
}

const floor = median(times.get("connect and connect-node") ?? []);
for (const [name, values] of times) {
  const ms = median(values);
  console.log(
    `${name.padEnd(34)} ${ms.toFixed(1).padStart(6)} ms   +${(ms - floor).toFixed(1)} ms   ${(ms / floor).toFixed(2)} ×`,
  );
}
