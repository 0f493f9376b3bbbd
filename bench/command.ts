/**
 * The cost of the command before it does anything: the CPU time of whole processes, including the kernel's, compared in
 * turns with a Node that does nothing; medians. `token` finds a token that an earlier command has stored. Run: node
 * bench/command.ts
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmulator } from "../src/testing/index.ts";
import { median } from "./median.ts";

const ROUNDS = 15;
/** What help and a token may cost, in milliseconds of CPU. */
const LIMIT_MS = 150;

const cli = join(import.meta.dirname, "../dist/cli.js");
const cases: Readonly<Record<string, readonly string[]>> = {
  "node alone": ["-e", "0"],
  "--help": [cli, "--help"],
  "call --help": [cli, "call", "--help"],
  token: [cli, "token"],
  "call auth.v1.getMyUser": [cli, "call", "auth.v1.getMyUser"],
};

/** A process reports its own cost when it ends. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    writeSync(2, "cpu " + (user + system) / 1000);
  });`)}`;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const emulator = await startEmulator();
const env = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: join(folder, "compiled"),
  XDG_CACHE_HOME: join(folder, "cache"),
  XDG_CONFIG_HOME: join(folder, "config"),
  ZITADEL_API_URL: emulator.url,
  ZITADEL_KEY_FILE: join(folder, "key.json"),
};
writeFileSync(env.ZITADEL_KEY_FILE, emulator.serviceUser.keyFile);

async function cost(args: readonly string[]): Promise<number> {
  const { stderr } = await promisify(execFile)(process.execPath, ["--import", TELL, ...args], { env });
  const [, ms] = /cpu ([\d.]+)$/.exec(stderr) ?? [];
  return Number(ms);
}

try {
  const measured = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (const args of Object.values(cases)) await cost(args);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(cases)) measured.get(name)?.push(await cost(args));
  }
  const floor = median(measured.get("node alone") ?? []);
  console.log(
    `CPU, medians of ${ROUNDS} processes each; Node ${spawnSync(process.execPath, ["--version"]).stdout}`,
  );
  for (const [name, values] of measured) {
    const value = median(values);
    const limited = name === "--help" || name === "token" ? `   limit ${LIMIT_MS} ms` : "";
    console.log(
      `  ${name.padEnd(24)} ${value.toFixed(0).padStart(5)} ms   +${(value - floor).toFixed(0).padStart(3)} ms   ${(value / floor).toFixed(1)} ×${limited}`,
    );
    if (limited !== "" && value > LIMIT_MS) process.exitCode = 1;
  }
} finally {
  await emulator.close();
  rmSync(folder, { recursive: true });
}
