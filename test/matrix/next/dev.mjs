/** Reloads the module of the client while `next dev` runs: its connection has to stay the only one. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { startInstance } from "./compiled/instance.mjs";
import { request, startServer } from "./server.mjs";

// In this process, whose sockets are counted: those of the emulator's clients.
const instance = await startInstance();
const countConnections = () =>
  process.getActiveResourcesInfo().filter((one) => one === "TCPSocketWrap").length;
const server = await startServer("next", ["dev"], {
  MATRIX_INSTANCE: JSON.stringify(await instance.describe()),
});

const module = "lib/zitadel.ts";
const source = readFileSync(module, "utf8");
const counts = [];
for (let version = 0; version < 4; version++) {
  writeFileSync(module, source.replace("version = 0", `version = ${version}`));
  while (JSON.parse((await request(`${server.url}/api/calls`)).text).version !== version) await delay(100);
  await delay(200); // the connections of makeCalls() and of the requests are closed
  counts.push(countConnections());
}
console.log(`connections after each reload: ${counts.join(", ")}`);
assert.ok(counts.every((count) => count === counts[0]));

await server.stop();
await instance.close();
