// node bench/emulators.ts: how long an emulator takes to start and to reset, and how much memory a hundred of them
// hold.
import { startEmulator } from "zitadel-connect/testing";
import { median } from "./median.ts";

const STARTS = 30;
const RESETS = 500;
const EMULATORS = 100;

/** A team's seed: 50 users, 5 projects with roles and an application each, and what the users may do in them. */
const seed = {
  organizations: [
    {
      name: "Acme",
      users: Array.from({ length: 50 }, (_, index) => ({
        username: `user-${index}`,
        human: {
          givenName: "Ada",
          familyName: "Lovelace",
          email: `user-${index}@acme.test`,
          password: "Password1!",
        },
      })),
      projects: Array.from({ length: 5 }, (_, index) => ({
        name: `project-${index}`,
        roles: ["reader", "writer"],
        applications: [{ name: "web", type: "oidc" as const }],
      })),
    },
  ],
  authorizations: Array.from({ length: 50 }, (_, index) => ({
    user: `user-${index}`,
    project: `project-${index % 5}`,
    roles: ["reader"],
  })),
};

const ms = (value: number): string => `${value.toFixed(3)} ms`;

async function measureStarts(start: () => ReturnType<typeof startEmulator>): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run < STARTS; run += 1) {
    const before = performance.now();
    const emulator = await start();
    times.push(performance.now() - before);
    await emulator.close();
  }
  return `${ms(median(times))}, at most ${ms(Math.max(...times))}`;
}

async function measureResets(given: typeof seed | undefined): Promise<string> {
  await using emulator = await startEmulator({ seed: given });
  const times: number[] = [];
  for (let run = 0; run < RESETS; run += 1) {
    emulator.createProject({ roles: ["reader"] });
    const before = performance.now();
    emulator.reset();
    times.push(performance.now() - before);
  }
  return `${ms(median(times))}, 99 of 100 within ${ms(times.toSorted((a, b) => a - b)[RESETS * 0.99] ?? 0)}`;
}

async function measureMemory(): Promise<string> {
  await (await startEmulator()).close();
  globalThis.gc?.();
  const before = process.memoryUsage();
  const emulators = await Promise.all(Array.from({ length: EMULATORS }, () => startEmulator()));
  globalThis.gc?.();
  const after = process.memoryUsage();
  for (const emulator of emulators) await emulator.close();
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return `${mb(after.rss - before.rss)} of the process, ${mb(after.heapUsed - before.heapUsed)} of its heap`;
}

const state = await (async () => {
  await using emulator = await startEmulator({ seed });
  return await emulator.snapshot();
})();
console.log(`start                      ${await measureStarts(() => startEmulator())}`);
console.log(`start with a seed          ${await measureStarts(() => startEmulator({ seed }))}`);
console.log(`start with a snapshot      ${await measureStarts(() => startEmulator({ seed: state }))}`);
console.log(`reset                      ${await measureResets(undefined)}`);
console.log(`reset to the seed          ${await measureResets(seed)}`);
console.log(`${EMULATORS} emulators hold         ${await measureMemory()}`);
