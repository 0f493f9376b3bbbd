import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import type { Database, Queryable } from "./database.ts";

/** Opens PostgreSQL within this process (PGlite); creates its data directory if there is none. */
export async function openEmbedded(directory: string): Promise<Database> {
  const unlock = lock(`${directory}.lock`);
  try {
    if (!existsSync(directory)) await initialize(directory);
    const database = await PGlite.create(directory);
    const queryable = (runner: Pick<PGlite, "query">): Queryable => ({
      query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
        (await runner.query<Row>(sql, [...parameters])).rows,
    });
    return {
      ...queryable(database),
      transaction: (run) => database.transaction((transaction) => run(queryable(transaction))),
      async close() {
        await database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Creates the directory elsewhere first, so that a killed process leaves no partial one in its place. */
async function initialize(directory: string): Promise<void> {
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const database = await PGlite.create(unfinished);
  await database.close();
  renameSync(unfinished, directory);
}

/** Locks the directory: PGlite does not notice if another process has it open, which would destroy the data. */
function lock(file: string): () => void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    // Unlike a file that is created and then written to, a link has its content at once.
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const owner = Number(readFileSync(file, "utf8"));
    if (isRunning(owner)) throw new Error(`${file}: process ${owner} uses this database`);
    // The owner was killed.
    rmSync(file, { force: true });
    return lock(file);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(file, { force: true });
}

function isRunning(pid: number): boolean {
  // In a container, the first process has the same id each time.
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
