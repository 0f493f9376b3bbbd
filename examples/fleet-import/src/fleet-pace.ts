import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { PaceOptions, PaceState } from "zitadel-connect";
import { SCHEMA } from "./queue.ts";

const CHECK_MS = 1_000;
/** A worker that has not been seen for this long is gone, and its limits no longer count. */
const GONE_SECONDS = 15;

/** What all workers know about the instance. */
interface Shared {
  readonly maxInFlight: number;
  readonly pausedMs: number;
  readonly readAt: number;
}

/**
 * Shares among the workers what each finds out about the instance: how many concurrent calls it accepts, and when it
 * asks for a pause. What one worker is told, all workers follow a second later. If the database is down, each still
 * finds out by itself.
 */
export class FleetPace implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #worker = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #own: PaceState | undefined;
  #shared: Shared = { maxInFlight: Number.POSITIVE_INFINITY, pausedMs: 0, readAt: 0 };
  #updating: Promise<void> | undefined;

  private constructor(pool: Pool) {
    this.#pool = pool;
    this.#timer = setInterval(() => void this.#update(), CHECK_MS);
  }

  static async join(pool: Pool): Promise<FleetPace> {
    // In one transaction with a lock, since two workers that start at once would both find no table.
    await pool.query(
      `SELECT pg_advisory_xact_lock(hashtext('${SCHEMA}.pace'));
       CREATE TABLE IF NOT EXISTS ${SCHEMA}.pace
         (worker uuid PRIMARY KEY, max_in_flight int, paused_until timestamptz, seen_at timestamptz)`,
    );
    return new FleetPace(pool);
  }

  /** For `createZitadel({ pace })`. */
  get options(): PaceOptions {
    return {
      maxInFlight: () => this.#maxInFlight(),
      onChange: (state) => {
        this.#own = state;
        void this.#update();
      },
    };
  }

  #maxInFlight(): number {
    const { maxInFlight, pausedMs, readAt } = this.#shared;
    return performance.now() < readAt + pausedMs ? 0 : maxInFlight;
  }

  #update(): Promise<void> {
    this.#updating ??= this.#exchange()
      .catch((error: unknown) => console.error(`pace: ${error instanceof Error ? error.message : error}`))
      .finally(() => {
        this.#updating = undefined;
      });
    return this.#updating;
  }

  async #exchange(): Promise<void> {
    const { maxInFlight = null, pausedMs = 0 } = this.#own ?? {};
    // A pause is reported once: the others count from then on.
    if (this.#own !== undefined) this.#own = { maxInFlight: this.#own.maxInFlight, pausedMs: 0 };
    await this.#pool.query(
      `INSERT INTO ${SCHEMA}.pace AS own VALUES ($1, $2, now() + $3 * interval '1 ms', now())
       ON CONFLICT (worker) DO UPDATE
         SET max_in_flight = excluded.max_in_flight, seen_at = now(),
             paused_until = greatest(own.paused_until, excluded.paused_until)`,
      [this.#worker, maxInFlight, pausedMs],
    );
    const { rows } = await this.#pool.query<{ max: number | null; paused: number | null }>(
      `SELECT min(max_in_flight) AS max, extract(epoch FROM max(paused_until) - now())::float8 * 1000 AS paused
       FROM ${SCHEMA}.pace WHERE seen_at > now() - $1 * interval '1 s'`,
      [GONE_SECONDS],
    );
    const { max, paused } = rows[0] ?? {};
    this.#shared = {
      maxInFlight: max ?? Number.POSITIVE_INFINITY,
      pausedMs: Math.max(0, paused ?? 0),
      readAt: performance.now(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#updating;
    await this.#pool.query(`DELETE FROM ${SCHEMA}.pace WHERE worker = $1`, [this.#worker]).catch(() => {});
  }
}
