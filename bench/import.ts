/**
 * What a cold `import "zitadel-connect"` costs beyond importing Connect and connect-node, and what the first service
 * adds to that: medians of fresh processes that take turns. Run: node bench/import.ts
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./median.ts";

const dist = join(import.meta.dirname, "../dist/index.js");
const gen = join(import.meta.dirname, "../gen/zitadel/user/v2/user_service_pb.js");
const connect = ["@connectrpc/connect", "@connectrpc/connect-node"];

const cases: Record<string, readonly string[]> = {
  "connect alone": ["@connectrpc/connect"],
  "connect and connect-node": connect,
  "zitadel-connect": [dist],
  "zitadel-connect and one service": [dist, gen],
};

/** What a fresh process spends on imports, in milliseconds: time, and CPU time, which varies less on a busy machine. */
function measure(modules: readonly string[]): { ms: number; cpu: number } {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join("");
  const code = `
    const [t, before] = [performance.now(), process.cpuUsage()];
    ${imports}
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ ms: performance.now() - t, cpu: (user + system) / 1000 }));`;
  const cwd = join(import.meta.dirname, "..");
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd, encoding: "utf8" }),
  );
}

const rounds = 21;
const measured = new Map(Object.keys(cases).map((name) => [name, [] as ReturnType<typeof measure>[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, modules] of Object.entries(cases)) measured.get(name)?.push(measure(modules));
}

const findMedian = (name: string, what: "ms" | "cpu") =>
  median((measured.get(name) ?? []).map((one) => one[what]));
for (const what of ["ms", "cpu"] as const) {
  console.log(what === "ms" ? "Time" : "Processor time");
  const floor = findMedian("connect and connect-node", what);
  for (const name of measured.keys()) {
    const value = findMedian(name, what);
    console.log(
      `  ${name.padEnd(34)} ${value.toFixed(1).padStart(6)} ms   +${(value - floor).toFixed(1)} ms   ${(value / floor).toFixed(2)} ×`,
    );
  }
}
