/**
 * How many token requests a fleet makes that starts at once: processes with one client each, which share a Redis or
 * Valkey that this starts, a folder, or nothing. `node bench/fleet.ts [processes]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFleet } from "../test/token-stores/support/fleet.ts";
import { startRedis, withoutRedis } from "../test/token-stores/support/redis-server.ts";

const processes = Number(process.argv[2] ?? 200);
let requests = 0;
const server = createServer((_, response) => {
  requests += 1;
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({ access_token: `token-${requests}`, token_type: "Bearer", expires_in: 43_199 }),
  );
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function measure(kind: "redis" | "folder" | "none", path: string): Promise<void> {
  requests = 0;
  const tokens = await runFleet({ origin, store: { kind, path }, processes, clients: 1 });
  console.log(
    `${kind.padEnd(8)} ${processes} processes: ${requests} token requests, ${tokens.length} tokens`,
  );
}

await measure("none", "");
if (withoutRedis === false) {
  await using redis = await startRedis();
  await measure("redis", redis.socket);
}
const folder = mkdtempSync(join(tmpdir(), "fleet-"));
await measure("folder", join(folder, "tokens"));
rmSync(folder, { recursive: true });
server.close();
