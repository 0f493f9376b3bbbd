import type { ListCursor, Zitadel } from "zitadel-connect";
import type { Database } from "./database.ts";
import type { CopyProgress } from "./progress-bar.ts";
import { readOrganization, toOrganizationRow, toUserRow } from "./source.ts";
import {
  type Copying,
  missingOrganizations,
  type OrganizationRow,
  type Progress,
  removeEarlier,
  saveOrganizations,
  saveProgress,
  saveUsers,
  type UserRow,
} from "./tables.ts";

/** What a copy needs. */
export interface CopyOptions {
  readonly zitadel: Zitadel;
  readonly database: Database;
  readonly signal: AbortSignal;
  /** The page size, from 1 to 1000 objects. */
  readonly pageSize: number;
  readonly onProgress: (progress: CopyProgress) => void;
}

/**
 * Copies all organizations and users, page by page. Each page is saved in one transaction with its position in the
 * list, from which an interrupted copy resumes. At the end, removes what the copy has not found. Events are not
 * followed meanwhile: later changes are in the events from `progress.cursor` on.
 */
export async function copy(options: CopyOptions, progress: Progress, begin: Copying): Promise<Progress> {
  const { zitadel, database, signal, pageSize, onProgress } = options;
  const [organizations, users] = await Promise.all([
    zitadel.org.v2.listOrganizations({}, { signal }).total(),
    zitadel.user.v2.listUsers({}, { signal }).total(),
  ]);
  const total = organizations + users;
  let copying = begin;
  const savePage = async (
    rows: { readonly organizations: readonly OrganizationRow[]; readonly users: readonly UserRow[] },
    next: Pick<Copying, "list" | "resumeFrom">,
  ): Promise<void> => {
    copying = { ...next, done: copying.done + rows.organizations.length + rows.users.length };
    await database.transaction(async (transaction) => {
      await saveOrganizations(transaction, rows.organizations, progress.generation);
      await saveUsers(transaction, rows.users, progress.generation);
      await saveProgress(transaction, { ...progress, copying });
    });
    // The totals were read before, and counted what this service user may not see.
    onProgress({ done: Math.min(copying.done, total), total });
  };

  if (copying.list === "organizations") {
    const list = zitadel.org.v2.listOrganizations({}, { pageSize, signal, ...resumption(copying) });
    for await (const { items, cursor } of list.pages()) {
      const rows = { organizations: items.map(toOrganizationRow), users: [] };
      await savePage(rows, { list: "organizations", resumeFrom: cursor });
    }
    await savePage({ organizations: [], users: [] }, { list: "users", resumeFrom: null });
  }
  const list = zitadel.user.v2.listUsers({}, { pageSize, signal, ...resumption(copying) });
  for await (const { items, cursor } of list.pages()) {
    const rows = await withOrganizations(zitadel, database, items.map(toUserRow));
    await savePage(rows, { list: "users", resumeFrom: cursor });
  }
  const complete: Progress = { ...progress, copying: null };
  await database.transaction(async (transaction) => {
    await removeEarlier(transaction, progress.generation);
    await saveProgress(transaction, complete);
  });
  onProgress({ done: total, total });
  return complete;
}

function resumption({ resumeFrom }: Copying): { resumeFrom: ListCursor } | undefined {
  return resumeFrom === null ? undefined : { resumeFrom };
}

/** Adds to users their organizations that have no row yet, and omits users whose organization has been removed. */
export async function withOrganizations(
  zitadel: Zitadel,
  database: Database,
  users: readonly UserRow[],
): Promise<{ organizations: OrganizationRow[]; users: UserRow[] }> {
  const wanted = new Set(users.map((user) => user.organization_id));
  const removed = new Set<string>();
  const organizations: OrganizationRow[] = [];
  for (const id of await missingOrganizations(database, [...wanted])) {
    const row = await readOrganization(zitadel, { id, organizationId: id, sequence: 0n });
    if (row === undefined) removed.add(id);
    else organizations.push(row);
  }
  return { organizations, users: users.filter((user) => !removed.has(user.organization_id)) };
}
