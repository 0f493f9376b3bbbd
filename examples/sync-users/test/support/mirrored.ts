import type { Queryable } from "../../src/database.ts";
import type { Contents } from "./company.ts";

/** Reads what the mirror has, with a line for each object. */
export async function readMirror(database: Queryable): Promise<Contents> {
  const lines = async (sql: string): Promise<Record<string, string>> => {
    const rows = await database.query<{ id: string; line: string }>(sql);
    return Object.fromEntries(rows.map(({ id, line }) => [id, line]));
  };
  return {
    organizations: await lines("SELECT id, name || ' ' || primary_domain AS line FROM mirror.organizations"),
    users: await lines(
      `SELECT id, concat_ws(' ', organization_id, state, username, display_name, coalesce(email, 'null')) AS line
       FROM mirror.users`,
    ),
  };
}

/** The sequence numbers of the events that were applied, for each of the objects, in the order of their application. */
export async function readChanges(
  database: Queryable,
  objects: ReadonlySet<string>,
): Promise<Record<string, number[]>> {
  const changes: Record<string, number[]> = {};
  for (const id of objects) changes[id] = [];
  const rows = await database.query<{ id: string; sequence: number }>(
    "SELECT object_id AS id, sequence::integer FROM mirror.changes ORDER BY number",
  );
  for (const { id, sequence } of rows) changes[id]?.push(sequence);
  return changes;
}
