// Lists the users that could not be imported, each with the error and what to do, as a line of JSON. `npm run failed`
// Once the cause is fixed, `npm run failed -- --retry` puts them back into the queue.
import { batches, CHUNKS, FAILED, type FailedUser, openPool, openQueue, SCHEMA } from "./queue.ts";

const USERS_PER_CHUNK = 100;

const pool = openPool();
const { rows } = await pool.query<{ id: string; data: FailedUser }>(
  `SELECT id, data FROM ${SCHEMA}.job WHERE name = $1 AND state < 'active' ORDER BY created_on, id`,
  [FAILED],
);
await pool.end();

if (process.argv.includes("--retry")) {
  const boss = await openQueue();
  for await (const chunk of batches(rows, USERS_PER_CHUNK)) {
    // Adds a job with a new id, since the first one still exists, then deletes the dead letters. A user that fails
    // again gets a new one.
    await boss.insert(CHUNKS, [{ data: { users: chunk.map(({ data }) => data.user) } }]);
    await boss.deleteJob(
      FAILED,
      chunk.map(({ id }) => id),
    );
  }
  await boss.stop();
  console.log(`${rows.length} users are in the queue again`);
} else for (const { data } of rows) console.log(JSON.stringify(data));
