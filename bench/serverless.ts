// How long a cold function takes from the start of Node to the first response of a server on loopback: as it is
// installed, bundled into one minified file, and with a token store that another function has filled. Fresh processes
// that take turns. `node bench/serverless.ts [rounds]`, after `npm run build`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { startInstance } from "./cold-start/instance.ts";
import { type ProcessCost, runFresh } from "./fresh-process.ts";
import { median } from "./median.ts";
import { createServiceAccountKey } from "./service-account-key.ts";

const ROUNDS = Number(process.argv[2] ?? 15);
const root = join(import.meta.dirname, "..");

const installed = `
  import { createZitadel } from "zitadel-connect";
  const zitadel = createZitadel();
  await zitadel.user.v2.listUsers({ query: { limit: 5 } });`;

const oneService = (stores: string, options: string) => `
  import { createZitadel } from "zitadel-connect/core";
  import { UserService } from "zitadel-connect/api/zitadel/user/v2/user_service_pb.js";
  ${stores}
  const users = createZitadel(${options}).client(UserService);
  await users.listUsers({ query: { limit: 5 } });`;

// Within the package, so that its own name resolves.
const folder = mkdtempSync(join(root, "dist/serverless-"));
const instance = await startInstance();

async function write(name: string, code: string, bundled: boolean): Promise<string> {
  const input = join(folder, `${name}.mjs`);
  writeFileSync(input, code);
  if (!bundled) return input;
  const file = join(folder, `${name}.min.mjs`);
  await using build = await rolldown({ input, platform: "node", tsconfig: false, logLevel: "silent" });
  await build.write({ file, format: "esm", codeSplitting: false, minify: true });
  return file;
}

const env = {
  ...process.env,
  ZITADEL_API_URL: `http://127.0.0.1:${instance.port}`,
  ZITADEL_KEY: JSON.stringify(createServiceAccountKey()),
};

function measure(file: string): Promise<ProcessCost> {
  return runFresh(`await import(${JSON.stringify(pathToFileURL(file))});`, { cwd: root, env });
}

try {
  const store = 'import { folderTokenStore } from "zitadel-connect/token-stores";';
  const options = `{ tokenStore: folderTokenStore({ folder: ${JSON.stringify(join(folder, "tokens"))} }) }`;
  const cases = {
    "nothing but Node": await write("nothing", "", false),
    "as it is installed": await write("installed", installed, false),
    "one service, installed": await write("one", oneService("", ""), false),
    "one service, one file": await write("file", oneService("", ""), true),
    "one file, token store": await write("store", oneService(store, options), true),
  };
  const measured = new Map(Object.keys(cases).map((name) => [name, [] as ProcessCost[]]));
  for (const file of Object.values(cases)) await measure(file);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, file] of Object.entries(cases)) measured.get(name)?.push(await measure(file));
  }
  const of = (name: string, what: keyof ProcessCost) =>
    median((measured.get(name) ?? []).map((one) => one[what]));
  const before = of("as it is installed", "wallMs");
  console.log(
    `From the start of a process to its first response, with a key (medians of ${ROUNDS} processes)`,
  );
  console.table(
    Object.fromEntries(
      Object.keys(cases).map((name) => [
        name,
        {
          "wall ms": Math.round(of(name, "wallMs")),
          "CPU ms": Math.round(of(name, "cpuMs")),
          "× as installed": Number((of(name, "wallMs") / before).toFixed(2)),
        },
      ]),
    ),
  );
} finally {
  await instance[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}
