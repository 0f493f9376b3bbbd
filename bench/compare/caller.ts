// A process of the comparison that makes calls with one build of the package, as its parent says.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runJob } from "../run-job.ts";
import type { CallerJob, Targets } from "./protocol.ts";

const [root = "", given = ""] = process.argv.slice(2);
const targets = JSON.parse(given) as Targets;
const { createZitadel, personalAccessToken } = (await import(
  String(pathToFileURL(join(root, "dist/index.js")))
)) as typeof import("../../src/index.ts");

const clients = Object.fromEntries(
  Object.entries(targets).map(([name, { url, token }]) => [
    name,
    createZitadel({ url, auth: personalAccessToken({ token }) }).user.v2,
  ]),
);

async function listOnce(name: keyof Targets): Promise<void> {
  const response = await clients[name]?.listUsers({ query: { limit: 5 } });
  if (response === undefined || response.result.length === 0) throw new Error("There are no users");
}

async function iterate(): Promise<void> {
  let count = 0;
  for await (const _ of clients["all"]?.listUsers() ?? []) count += 1;
  if (count < 1_000) throw new Error(`There are only ${count} users`);
}

process.on("message", async (job: CallerJob) => {
  process.send?.(await runJob(job.target === "all" ? iterate : () => listOnce(job.target), job));
});
process.send?.("ready");
