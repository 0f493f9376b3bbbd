// Prints the progress of the import every two seconds until it is done: `npm run progress`; once with `-- --once`.
import { setTimeout as sleep } from "node:timers/promises";
import { CHUNKS, FAILED, openPool, SCHEMA } from "./queue.ts";

const EVERY_MS = 2_000;

interface Progress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly workers: number;
}

const pool = openPool();
try {
  for (let before = await read(); ; ) {
    if (process.argv.includes("--once") || before.done >= before.total) {
      print(before, 0);
      break;
    }
    await sleep(EVERY_MS);
    const now = await read();
    print(now, ((now.done - before.done) * 1_000) / EVERY_MS);
    before = now;
  }
} finally {
  await pool.end();
}

async function read(): Promise<Progress> {
  const { rows } = await pool.query<Progress>(
    `SELECT coalesce(sum(jsonb_array_length(data->'users')), 0)::int AS total,
            coalesce(sum(jsonb_array_length(data->'users')) FILTER (WHERE state = 'completed'), 0)::int AS done,
            (SELECT count(*)::int FROM ${SCHEMA}.job WHERE name = $2) AS failed,
            (SELECT count(*)::int FROM ${SCHEMA}.pace WHERE seen_at > now() - interval '15 s') AS workers
     FROM ${SCHEMA}.job WHERE name = $1`,
    [CHUNKS, FAILED],
  );
  const [progress] = rows;
  if (progress === undefined) throw new Error("The database did not respond with a row");
  return progress;
}

function print({ total, done, failed, workers }: Progress, perSecond: number): void {
  const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : "";
  console.log(
    `${done} of ${total} users, ${failed} of them failed, ${workers} workers, ${perSecond.toFixed(0)} a second${left}`,
  );
}
