// Bundles a Worker as wrangler does, runs it in workerd, and makes requests of it that share one client.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import workerdModule from "workerd";
import { startEmulator } from "zitadel-connect/testing";
import { startInstance } from "./compiled/instance.mjs";

const { default: workerdBinary } = workerdModule;

const { publicKey, privateKey: operatorKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
// Tokens that are due for renewal after 1.6 seconds.
const emulator = await startEmulator({
  tokenLifetimeSeconds: 2,
  systemUsers: [{ name: "operator", publicKey }],
});
const instance = await startInstance();
const { clientId, clientSecret } = await emulator.createApplication();

mkdirSync("dist", { recursive: true });
const { metafile } = await build({
  entryPoints: ["worker.ts"],
  bundle: true,
  format: "esm",
  target: "es2024",
  platform: "browser",
  conditions: ["workerd", "worker", "browser"],
  external: ["node:*", "cloudflare:*"],
  outfile: "dist/worker.mjs",
  metafile: true,
  logLevel: "warning",
});
const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
assert.deepEqual(
  imported.filter((path) => /^node:(http|https|http2|net|tls|dns)$/.test(path) && path !== "node:net"),
  [],
);
assert.ok(!Object.keys(metafile.inputs).some((file) => file.includes("connect-node")));

const bindings = {
  ZITADEL_API_URL: emulator.url,
  ZITADEL_KEY: emulator.serviceUser.keyFile,
  OPERATOR_KEY: operatorKey,
  APPLICATION: JSON.stringify({ clientId, clientSecret }),
  INSTANCE: JSON.stringify(await instance.describe()),
};
writeFileSync(
  "dist/config.capnp",
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2025-09-15",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [${Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`)}],
);
`,
);
const workerd = spawn(workerdBinary, ["serve", "dist/config.capnp", "--control-fd=3"], {
  stdio: ["ignore", "pipe", "pipe", "pipe"],
});
let output = "";
for (const stream of [workerd.stdout, workerd.stderr]) stream.on("data", (text) => (output += text));
const port = await new Promise((resolve, reject) => {
  workerd.stdio[3].on("data", (text) => resolve(JSON.parse(String(text).split("\n")[0]).port));
  workerd.on("exit", () => reject(new Error(`workerd ended: ${output}`)));
});

const get = async (path, init) => {
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal, ...init });
  assert.equal(response.status, 200, `${path}: ${output}`);
  return await response.json();
};
/** Requests to the emulator since the last look, by the last part of their path. */
const asked = () =>
  emulator.requests.splice(0).map(({ path, httpVersion, headers }) => {
    return `${path.split("/").at(-1)} ${httpVersion} ${headers.get("content-type")}`;
  });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition) => {
  for (let i = 0; i < 500 && !condition(); i++) await sleep(10);
  assert.ok(condition(), `it never came: ${condition}`);
};
const user = { result: emulator.serviceUser.userId };
const TOKEN = "token 1.1 application/x-www-form-urlencoded";
const CALL = "GetMyUser 1.1 application/grpc-web+proto";

try {
  assert.deepEqual(await get("/calls"), { result: "calls made" });

  // One token serves the requests that follow.
  assert.deepEqual([await get("/user"), await get("/user")], [user, user]);
  assert.deepEqual(asked(), [TOKEN, CALL, CALL]);

  // A token that was refused is replaced.
  emulator.revokeTokens();
  assert.deepEqual(await get("/user"), user);
  assert.deepEqual(asked(), [CALL, TOKEN, CALL]);

  // A deadline ends a call, whichever request set a timer last.
  const hold = emulator.intercept(({ path }, next) => (path.includes("GetUserByID") ? undefined : next()));
  const [late, later] = await Promise.all([get("/brief"), get("/brief")]);
  for (const { code, elapsedMs } of [late, later]) {
    assert.equal(code, "DeadlineExceeded");
    assert.ok(elapsedMs < 2000, `${elapsedMs} ms`);
  }
  hold();
  assert.equal((await get("/brief")).code, "NotFound");
  asked();

  // Many calls of many requests without a token share one request for it.
  await sleep(2100);
  const all = await Promise.all(Array.from({ length: 10 }, () => get("/users")));
  assert.deepEqual(new Set(all.map(({ result }) => result)), new Set([20]));
  const calls = asked();
  assert.equal(calls.filter((one) => one === CALL).length, 200);
  const tokens = calls.filter((one) => one === TOKEN).length;
  assert.ok(tokens <= 3, `${tokens} requests for tokens`);

  // Renewal takes place within the requests that find it due.
  for (const end = Date.now() + 4000; Date.now() < end; await sleep(50)) {
    assert.deepEqual(await get("/user"), user);
  }

  // A request that is gone takes its request for a token along; the next one makes its own.
  await sleep(2100);
  asked();
  let held = 0;
  const free = emulator.intercept(({ path }, next) => {
    if (!path.endsWith("/token")) return next();
    held += 1;
    return held === 1 ? undefined : next();
  });
  const leaving = new AbortController();
  const gone = assert.rejects(get("/user", { signal: leaving.signal }));
  await until(() => held === 1);
  const waiting = get("/user");
  await sleep(50);
  leaving.abort();
  await gone;
  assert.deepEqual(await waiting, user);
  assert.deepEqual(await get("/user"), user);
  assert.equal(held, 2);
  free();

  // The key of a system user is an elliptic one here.
  assert.ok((await get("/instances")).result > 0);
  const { token } = emulator.serviceUser;
  const headers = { authorization: `Bearer ${token}` };
  assert.deepEqual(await get("/caller", { headers }), user);
  assert.match(
    (await get("/key-file")).message,
    /keyFile is set, and there are no files in Cloudflare Workers; expected key/,
  );
  assert.match((await get("/tls")).message, /tls is set together with fetch/);

  // NODE_DEBUG is not set.
  assert.doesNotMatch(output, /zitadel \d|ZITADEL/);
  console.log("calls made");
} catch (error) {
  console.log(output);
  throw error;
} finally {
  workerd.removeAllListeners("exit");
  workerd.kill();
  await emulator.close();
  await instance.close();
}
