import type { EventCursor, ListCursor } from "zitadel-connect";
import type { Database, Queryable } from "./database.ts";

/**
 * `users` and `organizations` have the current state; `changes` has what happened since the first copy, each event
 * once, in the order of application: for work that must be done once per change, such as ending a contract.
 */
const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS mirror;
  CREATE TABLE IF NOT EXISTS mirror.organizations (
    id text PRIMARY KEY,
    name text NOT NULL,
    state text NOT NULL,
    primary_domain text NOT NULL,
    changed_at timestamptz NOT NULL,
    generation integer NOT NULL
  );
  CREATE TABLE IF NOT EXISTS mirror.users (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES mirror.organizations ON DELETE CASCADE,
    type text NOT NULL,
    state text NOT NULL,
    username text NOT NULL,
    display_name text NOT NULL,
    email text,
    changed_at timestamptz NOT NULL,
    generation integer NOT NULL
  );
  CREATE INDEX IF NOT EXISTS users_of_organization ON mirror.users (organization_id);
  CREATE TABLE IF NOT EXISTS mirror.changes (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    object_type text NOT NULL,
    object_id text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    editor_id text NOT NULL,
    UNIQUE (object_type, object_id, sequence)
  );
  CREATE TABLE IF NOT EXISTS mirror.progress (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    generation integer NOT NULL,
    copying jsonb,
    cursor jsonb NOT NULL,
    repaired_at timestamptz
  );
`;

/** A row of an organization, without its generation. */
export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly primary_domain: string;
  readonly changed_at: string;
}

/** A row of a user, without its generation. */
export interface UserRow {
  readonly id: string;
  readonly organization_id: string;
  readonly type: "human" | "machine";
  readonly state: string;
  readonly username: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly changed_at: string;
}

/** A row of an event that was applied, without its number. */
export interface ChangeRow {
  readonly object_type: string;
  readonly object_id: string;
  readonly sequence: string;
  readonly type: string;
  readonly at: string;
  readonly editor_id: string;
}

/** The progress of a copy. */
export interface Copying {
  readonly list: "organizations" | "users";
  /** The position in this list; `null` at its beginning. */
  readonly resumeFrom: ListCursor | null;
  /** The number of objects copied from both lists. */
  readonly done: number;
}

/** The progress of the mirror. Changes in the transactions of the rows. */
export interface Progress {
  /** The number of this copy. Rows with a lower one have not been found again. */
  readonly generation: number;
  /** `null` if the copy is complete. */
  readonly copying: Copying | null;
  /** The position up to which events are applied. */
  readonly cursor: EventCursor;
}

/** Someone has emptied the table `progress`. */
export class ProgressLost extends Error {
  override readonly name = "ProgressLost";
}

export async function createTables(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const statement of SCHEMA.split(";").filter((text) => text.trim() !== "")) {
      await transaction.query(statement);
    }
  });
}

export async function readProgress(database: Queryable): Promise<Progress | undefined> {
  const [progress] = await database.query<Progress>(
    "SELECT generation, copying, cursor FROM mirror.progress",
  );
  return progress;
}

const BEGINNING: Copying = { list: "organizations", resumeFrom: null, done: 0 };

/** Begins the first copy, or another one. Events are followed from `cursor` afterwards. */
export async function beginCopy(database: Queryable, cursor: EventCursor): Promise<void> {
  await database.query(
    `INSERT INTO mirror.progress (generation, copying, cursor)
     SELECT 1 + coalesce(max(generation), 0), $1::jsonb, $2::jsonb
     FROM (
       SELECT generation FROM mirror.progress UNION ALL
       SELECT generation FROM mirror.organizations UNION ALL
       SELECT generation FROM mirror.users
     ) AS earlier
     ON CONFLICT (singleton) DO UPDATE
     SET generation = excluded.generation, copying = excluded.copying, cursor = excluded.cursor, repaired_at = now()`,
    [JSON.stringify(BEGINNING), JSON.stringify(cursor)],
  );
}

/** Call this in the transaction that saves the rows. */
export async function saveProgress(
  transaction: Queryable,
  { generation, copying, cursor }: Progress,
): Promise<void> {
  const saved = await transaction.query(
    `UPDATE mirror.progress SET copying = $2::jsonb, cursor = $3::jsonb WHERE generation = $1 RETURNING generation`,
    [generation, copying === null ? null : JSON.stringify(copying), JSON.stringify(cursor)],
  );
  if (saved.length === 0) throw new ProgressLost("mirror.progress was changed by someone else");
}

export async function saveOrganizations(
  transaction: Queryable,
  rows: readonly OrganizationRow[],
  generation: number,
): Promise<void> {
  await transaction.query(
    `INSERT INTO mirror.organizations
     SELECT id, name, state, primary_domain, changed_at, $2::integer
     FROM jsonb_populate_recordset(NULL::mirror.organizations, $1::jsonb)
     ON CONFLICT (id) DO UPDATE SET
       name = excluded.name, state = excluded.state, primary_domain = excluded.primary_domain,
       changed_at = excluded.changed_at, generation = excluded.generation`,
    [JSON.stringify(rows), generation],
  );
}

/** Saves users, whose organizations must already be there. */
export async function saveUsers(
  transaction: Queryable,
  rows: readonly UserRow[],
  generation: number,
): Promise<void> {
  await transaction.query(
    `INSERT INTO mirror.users
     SELECT id, organization_id, type, state, username, display_name, email, changed_at, $2::integer
     FROM jsonb_populate_recordset(NULL::mirror.users, $1::jsonb)
     ON CONFLICT (id) DO UPDATE SET
       organization_id = excluded.organization_id, type = excluded.type, state = excluded.state,
       username = excluded.username, display_name = excluded.display_name, email = excluded.email,
       changed_at = excluded.changed_at, generation = excluded.generation`,
    [JSON.stringify(rows), generation],
  );
}

/** The ids of organizations that have no row. */
export async function missingOrganizations(database: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `SELECT id FROM jsonb_array_elements_text($1::jsonb) AS wanted (id)
     EXCEPT SELECT id FROM mirror.organizations`,
    [JSON.stringify(ids)],
  );
  return rows.map(({ id }) => id);
}

/** Removes objects. An organization's users are removed with it. */
export async function remove(
  transaction: Queryable,
  table: "organizations" | "users",
  ids: readonly string[],
): Promise<void> {
  await transaction.query(
    `DELETE FROM mirror.${table} WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))`,
    [JSON.stringify(ids)],
  );
}

/** Removes what a copy has not found, because it was removed while nobody followed. */
export async function removeEarlier(transaction: Queryable, generation: number): Promise<void> {
  await transaction.query("DELETE FROM mirror.users WHERE generation < $1", [generation]);
  await transaction.query("DELETE FROM mirror.organizations WHERE generation < $1", [generation]);
}

/** Saves changes. Skips known ones: after another copy, the followed events overlap with earlier ones. */
export async function saveChanges(transaction: Queryable, rows: readonly ChangeRow[]): Promise<void> {
  await transaction.query(
    `INSERT INTO mirror.changes (object_type, object_id, sequence, type, at, editor_id)
     SELECT object_type, object_id, sequence, type, at, editor_id
     FROM ROWS FROM (
       jsonb_to_recordset($1::jsonb)
       AS (object_type text, object_id text, sequence bigint, type text, at timestamptz, editor_id text)
     ) WITH ORDINALITY AS change (object_type, object_id, sequence, type, at, editor_id, place)
     ORDER BY place
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

/** The row counts. */
export async function countRows(database: Queryable): Promise<{ organizations: number; users: number }> {
  const [counts] = await database.query<{ organizations: number; users: number }>(
    `SELECT (SELECT count(*)::integer FROM mirror.organizations) AS organizations,
            (SELECT count(*)::integer FROM mirror.users) AS users`,
  );
  return counts ?? { organizations: 0, users: 0 };
}

/** Whether the mirror was last copied again within this time. */
export async function wasRepairedWithin(database: Queryable, seconds: number): Promise<boolean> {
  const rows = await database.query(
    "SELECT 1 AS found FROM mirror.progress WHERE repaired_at > now() - make_interval(secs => $1)",
    [seconds],
  );
  return rows.length > 0;
}
