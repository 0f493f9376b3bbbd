/** Builds for production, and calls from a route handler and from a server action of the standalone server. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { request, startServer } from "./server.mjs";

const { userId } = JSON.parse(process.env.MATRIX_INSTANCE);
const { MATRIX_INSTANCE: _, ...env } = process.env;
const { status } = spawnSync("next", ["build"], {
  env: { ...env, NEXT_TELEMETRY_DISABLED: "1" },
  stdio: "inherit",
});
assert.equal(status, 0, "next build");

const server = await startServer(process.execPath, [".next/standalone/server.js"]);
const route = await request(`${server.url}/api/calls`);
assert.deepEqual(JSON.parse(route.text), { userId, version: 0 });

// As a browser without JavaScript submits the form.
const { text: page } = await request(server.url);
const [, action] = /name="(\$ACTION_ID_\w+)"/.exec(page) ?? assert.fail(page);
const body = new FormData();
body.set(action, "");
const { location } = await request(server.url, { method: "POST", body });
assert.match(location ?? "", new RegExp(`\\?by=${userId}$`));

await server.stop();
