import { createHash } from "node:crypto";
import { Pool } from "pg";
import { PgBoss } from "pg-boss";

/** A user, as it is in a line of the file. */
export interface NewUser {
  /** Your own id, such as the one in the old system. It identifies the user when the import runs again. */
  readonly id: string;
  readonly organizationId: string;
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
}

/** A piece of work: some users. */
export interface Chunk {
  readonly users: readonly NewUser[];
}

/** The result of a chunk. */
export interface ChunkResult {
  readonly created: number;
  readonly existed: number;
  readonly failed: number;
}

/** A user that cannot be imported until somebody fixes the cause. */
export interface FailedUser {
  readonly user: NewUser;
  readonly error: { readonly id?: string | undefined; readonly message: string; readonly hint: string };
}

export const CHUNKS = "import-users";
/** The dead letters. */
export const FAILED = "import-users-failed";
export const SCHEMA = "fleet_import";

export const connectionString: string = databaseUrl();

function databaseUrl(): string {
  const url = process.env["DATABASE_URL"];
  if (url === undefined)
    throw new Error("DATABASE_URL is not set; an example is postgresql://localhost/import");
  return url;
}

export function openPool(): Pool {
  const pool = new Pool({ connectionString, max: 2 });
  // Emitted if an idle connection is lost; the next query opens a new one.
  pool.on("error", (error) => console.error(`database: ${error.message}`));
  return pool;
}

/** Connects, and creates what is missing in the database. */
export async function openQueue(): Promise<PgBoss> {
  // How soon a missing heartbeat is noticed; pg-boss's default is a minute.
  const looks = { superviseIntervalSeconds: 5, monitorIntervalSeconds: 5 };
  const boss = new PgBoss({ connectionString, schema: SCHEMA, max: 4, schedule: false, ...looks });
  boss.on("error", (error) => console.error(`queue: ${error.message}`));
  await boss.start();
  await boss.createQueue(FAILED, { retentionSeconds: DAYS_90, deleteAfterSeconds: DAYS_90 });
  await boss.createQueue(CHUNKS, {
    // A killed worker is noticed by its missing heartbeat; another then repeats its chunks.
    heartbeatSeconds: 10,
    expireInSeconds: 3_600,
    // An instance that is down for a day fails nothing: 1 s, 2 s, 4 s … up to a minute between two tries.
    retryLimit: 1_500,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    retentionSeconds: DAYS_90,
    deleteAfterSeconds: DAYS_90,
  });
  return boss;
}

const DAYS_90 = 90 * 86_400;

/** Groups values, `size` at a time. */
export async function* batches<T>(values: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The same job has the same id, so enqueuing it twice has no effect. */
export function jobId(content: unknown): string {
  const hex = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
