import { setTimeout as pause } from "node:timers/promises";
import {
  BulkError,
  type EventCursor,
  type FollowedEvent,
  isInvalidArgument,
  isPermissionDenied,
  isUnauthenticated,
  isUnimplemented,
  isZitadelError,
  latestEventCursor,
  UntilError,
  type Zitadel,
} from "zitadel-connect";
import { copy } from "./copy.ts";
import type { Database } from "./database.ts";
import { Drift } from "./drift.ts";
import { follow } from "./follow.ts";
import type { CopyProgress } from "./progress-bar.ts";
import {
  beginCopy,
  createTables,
  type Progress,
  ProgressLost,
  readProgress,
  wasRepairedWithin,
} from "./tables.ts";

/** What a mirror needs. */
export interface MirrorOptions {
  readonly zitadel: Zitadel;
  readonly database: Database;
  /** Ends the mirror, after the current commit. */
  readonly signal: AbortSignal;
  /**
   * Ends it once everything that had happened at the start is applied and the row counts were compared; otherwise
   * never.
   */
  readonly once?: boolean | undefined;
  /** How many objects a copy reads and saves at once, from 1 to 1000. */
  readonly pageSize: number;
  /** How often to compare the row counts with Zitadel's, in milliseconds. */
  readonly checkMs: number;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly log: (line: string) => void;
}

/**
 * Lists lag behind the events: usually by milliseconds, but removed users were seen in them for most of an hour. So
 * after a copy, the events of the hour before it are followed too.
 */
const LISTS_LAG_MS = 3_600_000;
/** The shortest time between two repairs of the mirror by another copy, in seconds. */
const REPAIR_EVERY_S = 3_600;
/** How long to give lists to catch up with what was just written before their counts are believed, in milliseconds. */
const CONFIRM_MS = 1_500;
const RETRY_MS = 5_000;

/**
 * Copies, then follows, forever. Continues from the position in the database, so it makes no difference whether the
 * process was killed, Zitadel was down, or nothing happened.
 */
export async function mirror(options: MirrorOptions): Promise<void> {
  const { database, signal, log } = options;
  await createTables(database);
  while (!signal.aborted) {
    try {
      if ((await run(options)) === "done") return;
    } catch (error) {
      const cause = error instanceof BulkError ? error.cause : error;
      if (signal.aborted) return;
      if (!mayPass(cause)) throw cause;
      log(`retrying in ${RETRY_MS / 1000} s after: ${cause}`);
      await pause(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** Whether a retry may help: not if someone must grant a permission or correct the configuration. */
function mayPass(error: unknown): boolean {
  if (error instanceof ProgressLost || error instanceof UntilError) return true;
  const isFinal = [isPermissionDenied, isUnauthenticated, isUnimplemented, isInvalidArgument].some((is) =>
    is(error),
  );
  return isZitadelError(error) && !isFinal;
}

/** Brings the mirror into step and, unless `once`, keeps it there, until it must be copied again. */
async function run(options: MirrorOptions): Promise<"again" | "done"> {
  const { zitadel, database, log } = options;
  let progress = await readProgress(database);
  if (progress === undefined) {
    await beginCopy(database, await startingPoint(zitadel));
    return "again";
  }
  if (progress.copying !== null) {
    log(
      progress.copying.done === 0
        ? "copying"
        : `copying, after ${progress.copying.done} that are already there`,
    );
    progress = await copy(options, progress, progress.copying);
  }
  log("following");
  const drift = new Drift(zitadel, database);
  progress = await catchUp(options, drift, progress);
  if (options.signal.aborted) return "done";
  return options.once ? await finish(options, drift, progress) : await stayInStep(options, drift, progress);
}

/** Applies what has happened so far, before which row counts mean nothing. */
async function catchUp(options: MirrorOptions, drift: Drift, progress: Progress): Promise<Progress> {
  const { checkMs: idleMs, log } = options;
  const onBatch = async (events: readonly FollowedEvent[]): Promise<boolean> => {
    report(events, drift, log);
    return true;
  };
  return await follow({ ...options, stopAtEnd: true, idleMs, onBatch }, progress);
}

/** Ends a mirror that is in step, unless it must be copied again because it was emptied while nobody followed. */
async function finish(options: MirrorOptions, drift: Drift, progress: Progress): Promise<"again" | "done"> {
  await drift.compare();
  if (drift.isPossible) {
    await pause(CONFIRM_MS, undefined, { signal: options.signal }).catch(() => {});
    await catchUp(options, drift, progress);
    if (options.signal.aborted) return "done";
    await drift.compare();
  }
  return drift.isCertain && (await beginRepair(options)) ? "again" : "done";
}

/** Applies events as they arrive, and compares the row counts now and then. */
async function stayInStep(
  options: MirrorOptions,
  drift: Drift,
  progress: Progress,
): Promise<"again" | "done"> {
  const { checkMs, log } = options;
  let outcome: "again" | "done" = "done";
  const onBatch = async (events: readonly FollowedEvent[]): Promise<boolean> => {
    report(events, drift, log);
    if (drift.isDue(checkMs, events)) await drift.compare();
    if (drift.isCertain && (await beginRepair(options))) outcome = "again";
    return outcome === "done";
  };
  await follow({ ...options, stopAtEnd: false, idleMs: checkMs, onBatch }, progress);
  return outcome;
}

function report(events: readonly FollowedEvent[], drift: Drift, log: MirrorOptions["log"]): void {
  if (events.length > 0) log(`events applied: ${events.length}`);
  drift.note(events);
}

/** Starts a new copy, unless the last one was within the hour: lists may lag that long. */
async function beginRepair({ zitadel, database, log }: MirrorOptions): Promise<boolean> {
  if (await wasRepairedWithin(database, REPAIR_EVERY_S)) return false;
  log("the row counts differ from Zitadel's");
  await beginCopy(database, await startingPoint(zitadel, (await readProgress(database))?.cursor));
  return true;
}

/** Where to follow from after a copy: never later than the mirror's previous position. */
async function startingPoint(zitadel: Zitadel, before?: EventCursor): Promise<EventCursor> {
  const latest = await latestEventCursor(zitadel, { windowMs: LISTS_LAG_MS });
  return before !== undefined && before.after < latest.after ? before : latest;
}
