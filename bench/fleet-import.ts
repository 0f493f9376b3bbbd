// How many users a second examples/fleet-import creates in one emulator with 1, 2 and 4 workers. The workers and the
// emulator each have a process of their own. Needs PostgreSQL (Debian's package), which it starts.
// `node bench/fleet-import.ts [users]`, after `npm run build`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startPostgres, withoutPostgres } from "../test/examples/support/postgres-server.ts";

const USERS = Number(process.argv[2] ?? 8_000);
const WORKERS = [1, 2, 4];
const example = join(import.meta.dirname, "../examples/fleet-import/src");

const EMULATOR = `
  import { startEmulator } from ${JSON.stringify(join(import.meta.dirname, "../dist/testing.js"))};
  const { url, serviceUser } = await startEmulator();
  console.log(JSON.stringify({ url, token: serviceUser.token, organizationId: serviceUser.organizationId }));
  setInterval(() => {}, 60_000);
  process.stdin.resume().on("end", () => process.exit());`;

interface Instance {
  readonly url: string;
  readonly token: string;
  readonly organizationId: string;
}

async function measure(workers: number): Promise<number> {
  const emulator = spawn(process.execPath, ["--input-type=module", "-e", EMULATOR], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const directory = mkdtempSync(join(tmpdir(), "fleet-bench-"));
  await using postgres = await startPostgres();
  try {
    const [line] = await once(createInterface(emulator.stdout), "line");
    const instance: Instance = JSON.parse(line);
    const env = {
      ...process.env,
      DATABASE_URL: postgres.connectionString,
      ZITADEL_API_URL: instance.url,
      ZITADEL_SERVICE_USER_TOKEN: instance.token,
    };
    const run = async (program: string, ...args: string[]): Promise<void> => {
      const child = spawn(process.execPath, [join(example, program), ...args], { env, stdio: "ignore" });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`${program} ended with ${code}`);
    };
    const file = join(directory, "users.ndjson");
    writeFileSync(file, users(instance.organizationId));
    await run("enqueue.ts", file);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: workers }, () => run("worker.ts", "--once")));
    return (performance.now() - startedAt) / 1000;
  } finally {
    emulator.stdin.end();
    await once(emulator, "exit");
    rmSync(directory, { recursive: true });
  }
}

function users(organizationId: string): string {
  return Array.from({ length: USERS }, (_, index) => {
    const names = { givenName: "Ada", familyName: `Number ${index}` };
    return `${JSON.stringify({ id: `old-${index}`, organizationId, username: `user-${index}`, ...names, email: `user-${index}@example.test` })}\n`;
  }).join("");
}

if (withoutPostgres !== false) throw new Error(withoutPostgres);
const rows: Record<string, object> = {};
let first = 0;
for (const workers of WORKERS) {
  const seconds = await measure(workers);
  const perSecond = USERS / seconds;
  if (first === 0) first = perSecond;
  rows[`${workers} workers`] = {
    "s, start included": Number(seconds.toFixed(1)),
    "users/s": Math.round(perSecond),
    "× one worker": Number((perSecond / first).toFixed(2)),
  };
}
console.log(`${USERS} users into one emulator`);
console.table(rows);
