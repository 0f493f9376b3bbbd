import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { FollowedEvent, Zitadel } from "zitadel-connect";
import type { Database } from "./database.ts";
import { countRows } from "./tables.ts";

/** The age up to which an event counts as recent, in milliseconds. */
const RECENT_MS = 5_000;

/** Compares the row counts with Zitadel's now and then, since someone may have emptied the mirror. */
export class Drift {
  readonly #zitadel: Zitadel;
  readonly #database: Database;
  #comparedAt = performance.now();
  #events = 0;
  #differences = 0;

  constructor(zitadel: Zitadel, database: Database) {
    this.#zitadel = zitadel;
    this.#database = database;
  }

  /** Whether the counts differed in the last comparison. */
  get isPossible(): boolean {
    return this.#differences > 0;
  }

  /** Whether the counts differed twice in a row, so that current writes are not the cause. */
  get isCertain(): boolean {
    return this.#differences > 1;
  }

  /** Records events that were applied. */
  note(events: readonly FollowedEvent[]): void {
    this.#events += events.length;
  }

  /** Whether `everyMs` milliseconds have passed since the last comparison, and the mirror does not lag. */
  isDue(everyMs: number, events: readonly FollowedEvent[]): boolean {
    return performance.now() - this.#comparedAt >= everyMs && isInStep(events);
  }

  /** Compares the counts. Everything that has happened so far must already be applied. */
  async compare(): Promise<void> {
    this.#comparedAt = performance.now();
    const rows = await countRows(this.#database);
    const organizations = await this.#zitadel.org.v2.listOrganizations().total();
    const users = await this.#zitadel.user.v2.listUsers().total();
    const difference = Math.max(Math.abs(rows.organizations - organizations), Math.abs(rows.users - users));
    // Each event changes a count by at most one, and about as many are under way as there were recently.
    this.#differences = difference > this.#events ? this.#differences + 1 : 0;
    this.#events = 0;
  }
}

function isInStep(events: readonly FollowedEvent[]): boolean {
  const createdAt = events.at(-1)?.creationDate;
  return createdAt === undefined || Date.now() - timestampMs(createdAt) < RECENT_MS;
}
