/**
 * Mirrors the users and organizations of a Zitadel instance into PostgreSQL and keeps them in step, until it is
 * stopped. Uses the instance that the environment names (`ZITADEL_API_URL` and a credential), else an emulator with
 * 3,000 users.
 *
 * node src/main.ts [--once]
 *
 * --once ends as soon as the mirror is in step DATABASE_URL a PostgreSQL server; default: one within this process, in
 * the directory MIRROR_DIRECTORY MIRROR_DIRECTORY default: mirror MIRROR_PAGE_SIZE how many users a copy reads and
 * saves at once, from 1 to 1000; default: 500 MIRROR_CHECK_SECONDS how often the numbers of rows are compared with
 * Zitadel's; default: 60
 */
import { createZitadel, type Zitadel } from "zitadel-connect";
import { openDatabase } from "./database.ts";
import { startDemo } from "./demo.ts";
import { mirror } from "./mirror.ts";
import { progressBar } from "./progress-bar.ts";

const {
  ZITADEL_API_URL: url,
  DATABASE_URL: databaseUrl,
  MIRROR_DIRECTORY: directory = "mirror",
  MIRROR_PAGE_SIZE: pageSize = "500",
  MIRROR_CHECK_SECONDS: checkSeconds = "60",
} = process.env;

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

async function run(zitadel: Zitadel): Promise<void> {
  const database = await openDatabase(databaseUrl, directory);
  try {
    await mirror({
      zitadel,
      database,
      signal: stop.signal,
      once: process.argv.includes("--once"),
      pageSize: Number(pageSize),
      checkMs: Number(checkSeconds) * 1000,
      onProgress: progressBar(process.stdout),
      log: console.log,
    });
  } finally {
    await database.close();
  }
}

if (url) {
  await using zitadel = createZitadel();
  await run(zitadel);
} else {
  await using demo = await startDemo(3_000);
  console.log(`An emulator at ${demo.url}; set ZITADEL_API_URL for a real instance.`);
  await run(demo.zitadel);
}
