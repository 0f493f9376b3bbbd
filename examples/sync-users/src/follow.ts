import { bulk, type FollowedEvent, followEvents, type Zitadel } from "zitadel-connect";
import { batches } from "./batches.ts";
import { withOrganizations } from "./copy.ts";
import type { Database } from "./database.ts";
import { EVENT_TYPES, readOrganization, readUser, toIso, UNCOUNTED, type Wanted } from "./source.ts";
import {
  type ChangeRow,
  type Progress,
  remove,
  saveChanges,
  saveOrganizations,
  saveProgress,
  saveUsers,
} from "./tables.ts";

/** What following needs. */
export interface FollowOptions {
  readonly zitadel: Zitadel;
  readonly database: Database;
  readonly signal: AbortSignal;
  /** Whether to end once everything that had happened at the start is applied; otherwise, it never ends. */
  readonly stopAtEnd: boolean;
  /** The time without an event after which an empty batch is reported, in milliseconds. */
  readonly idleMs: number;
  /** Called with the events that were applied. Ends following by returning `false`. */
  readonly onBatch: (events: readonly FollowedEvent[]) => Promise<boolean>;
}

const BATCH_SIZE = 200;
const GATHER_MS = 20;
const CONCURRENCY = 16;

/**
 * Applies events as they arrive, from `progress.cursor` on. Each batch is one transaction, with its cursor. Returns the
 * final position.
 */
export async function follow(options: FollowOptions, progress: Progress): Promise<Progress> {
  const { zitadel, database, stopAtEnd, idleMs, onBatch } = options;
  let reached = progress;
  const leave = new AbortController();
  const events = followEvents(zitadel, {
    after: progress.cursor,
    eventTypes: EVENT_TYPES,
    stopAtEnd,
    signal: AbortSignal.any([options.signal, leave.signal]),
    onRetry: (error) => console.warn(`waiting for Zitadel: ${error}`),
  });
  try {
    for await (const batch of batches(events, { size: BATCH_SIZE, gatherMs: GATHER_MS, idleMs })) {
      const last = batch.at(-1);
      if (last !== undefined) {
        reached = { ...progress, cursor: last.cursor };
        await apply(zitadel, database, batch, reached);
      }
      if (!(await onBatch(batch))) break;
    }
    return reached;
  } finally {
    leave.abort();
  }
}

/**
 * Reads each object that the events are about once, in its current state, and saves what was read with the cursor. What
 * has changed since an event was written is thus applied early, and again with its own event.
 */
async function apply(
  zitadel: Zitadel,
  database: Database,
  events: readonly FollowedEvent[],
  progress: Progress,
): Promise<void> {
  const organizations = touched(events, "org");
  const users = touched(events, "user");
  const [changedOrganizations, changedUsers] = await Promise.all([
    readAll(organizations.changed, (wanted) => readOrganization(zitadel, wanted)),
    readAll(users.changed, (wanted) => readUser(zitadel, wanted)),
  ]);
  const rows = await withOrganizations(zitadel, database, changedUsers);
  await database.transaction(async (transaction) => {
    const { generation } = progress;
    await saveOrganizations(transaction, rows.organizations, generation);
    await saveOrganizations(transaction, changedOrganizations, generation);
    await saveUsers(transaction, rows.users, generation);
    await remove(transaction, "users", users.removed);
    await remove(transaction, "organizations", organizations.removed);
    await saveChanges(transaction, events.map(toChangeRow));
    await saveProgress(transaction, progress);
  });
}

/** The objects of a type that the events are about. */
function touched(
  events: readonly FollowedEvent[],
  type: "org" | "user",
): { readonly changed: Wanted[]; readonly removed: string[] } {
  const changed = new Map<string, Wanted>();
  const removed: string[] = [];
  for (const { aggregate, type: eventType, sequence } of events) {
    if (aggregate?.type?.type !== type) continue;
    const { id, resourceOwner: organizationId } = aggregate;
    const known = changed.get(id)?.sequence ?? 0n;
    changed.set(id, { id, organizationId, sequence: eventType?.type === UNCOUNTED ? known : sequence });
    if (eventType?.type === `${type}.removed`) removed.push(id);
  }
  for (const id of removed) changed.delete(id);
  return { changed: [...changed.values()], removed };
}

/** Reads objects, and returns the rows of those that exist. */
async function readAll<Row>(
  wanted: readonly Wanted[],
  read: (wanted: Wanted) => Promise<Row | undefined>,
): Promise<Row[]> {
  const results = await bulk(wanted, read, { concurrency: CONCURRENCY });
  return results.flatMap((result) =>
    result.status === "fulfilled" && result.value !== undefined ? [result.value] : [],
  );
}

function toChangeRow({ aggregate, sequence, type, creationDate, editor }: FollowedEvent): ChangeRow {
  return {
    object_type: aggregate?.type?.type ?? "",
    object_id: aggregate?.id ?? "",
    sequence: String(sequence),
    type: type?.type ?? "",
    at: toIso(creationDate),
    editor_id: editor?.userId ?? "",
  };
}
