import pg from "pg";

/** Runs SQL. Parameters of type jsonb are passed as text. */
export interface Queryable {
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** A PostgreSQL database, with one connection. */
export interface Database extends Queryable {
  /** Commits what `run` did, or nothing if it fails or the process ends first. */
  transaction<T>(run: (transaction: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** An arbitrary number that other programs do not lock. */
const LOCK = 7_145_309;

/** Opens the server that `url` names, or else PostgreSQL within this process, with its data in `directory`. */
export async function openDatabase(url: string | undefined, directory: string): Promise<Database> {
  if (url !== undefined) return await connect(url);
  const { openEmbedded } = await import("./embedded.ts");
  return await openEmbedded(directory);
}

async function connect(url: string): Promise<Database> {
  const client = new pg.Client({ connectionString: url, application_name: "sync-users" });
  // A lost connection also fails the next query, which is where it is handled.
  client.on("error", () => {});
  await client.connect();
  // One mirror at a time: a second one waits here, and takes over when the connection of the first one is gone.
  await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
  const queryable: Queryable = {
    query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...parameters])).rows,
  };
  return {
    ...queryable,
    async transaction(run) {
      await client.query("BEGIN");
      try {
        const result = await run(queryable);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    },
    close: () => client.end(),
  };
}
