import type { LoggedEvent } from "./event-log.ts";
import type { Store } from "./model/store.ts";
import { copyData } from "./snapshot.ts";

/**
 * How late changes appear in searches, and new credentials work: as measured on a Zitadel, or a fixed number of
 * milliseconds.
 */
export type Lag = "zitadel" | number;

/** The parts of the store whose changes appear late in searches. */
type Part =
  | "organizations"
  | "users"
  | "sessions"
  | "projects"
  | "applications"
  | "authorizations"
  | "groups"
  | "administrators"
  | "targets";

/**
 * How late changes became visible on a Zitadel of July 2026, in 50 tries: how many at once, and after how many
 * milliseconds.
 */
interface Measured {
  readonly atOnce: number;
  readonly median: number;
  readonly max: number;
}

/** The part that an event changes, and how late the change becomes visible. The first match applies. */
const MEASURED: readonly (readonly [events: RegExp, part: Part, measured: Measured])[] = [
  [/\.member\./, "administrators", { atOnce: 38, median: 11, max: 51 }],
  [/^project\.application\./, "applications", { atOnce: 10, median: 14, max: 42 }],
  [/^project\./, "projects", { atOnce: 29, median: 8, max: 29 }],
  [/^user\.grant\./, "authorizations", { atOnce: 30, median: 11, max: 51 }],
  [/^user\.machine\.secret\./, "users", { atOnce: 5, median: 16, max: 55 }],
  [/^user\.machine\.key\./, "users", { atOnce: 37, median: 17, max: 42 }],
  [/^user\.pat\./, "users", { atOnce: 20, median: 9, max: 16 }],
  [/^user\.(human|machine)\.(added|selfregistered)$/, "users", { atOnce: 19, median: 21, max: 126 }],
  [/^user\.removed$/, "users", { atOnce: 30, median: 25, max: 104 }],
  [/^user\./, "users", { atOnce: 28, median: 13, max: 48 }],
  [/^org\./, "organizations", { atOnce: 17, median: 10, max: 16 }],
  [/^session\./, "sessions", { atOnce: 14, median: 8, max: 17 }],
  [/^group\./, "groups", { atOnce: 29, median: 8, max: 29 }],
  [/^target\./, "targets", { atOnce: 29, median: 8, max: 29 }],
];
const TRIES = 50;
const PARTS: readonly Part[] = [...new Set(MEASURED.map(([, part]) => part))];

/** How often, and for how long, a projection stalled. */
const STALLS_ONCE_IN = 200;
const STALL_MS = 2_000;

/** A change that is not visible yet. */
interface Change {
  readonly part: Part;
  readonly id: string;
  /** A copy of the object; undefined if it was removed. */
  readonly value: unknown;
  readonly visibleAt: number;
  readonly order: number;
}

/** The state that searches read: the store as it was a short while ago, by the emulator's clock. */
export class Projections {
  /** Call {@link catchUp} before reading it. */
  readonly store: Store;
  readonly #source: Store;
  readonly #lag: Lag;
  readonly #random: () => number;
  /** When each object that has changed since the last {@link catchUp} becomes visible, by part and id. */
  readonly #touched = new Map<Part, Map<string, number>>();
  readonly #applied = new Map<string, number>();
  #pending: Change[] = [];
  #order = 0;

  /** `random` returns numbers from 0 (inclusive) to 1 (exclusive). */
  constructor(source: Store, lag: Lag, random: () => number) {
    this.#source = source;
    this.#lag = lag;
    this.#random = random;
    this.store = { ...source };
    this.reset();
  }

  /** Makes the whole store visible at once. */
  reset(): void {
    this.#touched.clear();
    this.#applied.clear();
    this.#pending = [];
    Object.assign(this.store, this.#source);
    for (const part of PARTS) Object.assign(this.store, { [part]: copyData(this.#source[part]) });
  }

  /** Records which object an event changes, and when the change becomes visible. */
  onEvent({ type, aggregateId, payload }: LoggedEvent): void {
    const found = MEASURED.find(([events]) => events.test(type));
    if (found === undefined) return;
    const [, part, measured] = found;
    const appId = payload?.["appId"];
    const id = part === "applications" && typeof appId === "string" ? appId : aggregateId;
    const touched = this.#touched.get(part) ?? new Map<string, number>();
    touched.set(id, Math.max(touched.get(id) ?? 0, this.#source.now() + this.#draw(measured)));
    this.#touched.set(part, touched);
  }

  /** Applies the changes that have become visible. Call it after writes have completed. */
  catchUp(): void {
    this.#copyTouched();
    const now = this.#source.now();
    const waiting: Change[] = [];
    for (const change of this.#pending) change.visibleAt <= now ? this.#apply(change) : waiting.push(change);
    this.#pending = waiting;
    const { users: _, ...source } = this.#source;
    const shared = Object.entries(source).filter(([name]) => !PARTS.some((part) => part === name));
    Object.assign(this.store, Object.fromEntries(shared));
  }

  #copyTouched(): void {
    for (const [part, touched] of this.#touched) {
      const source: ReadonlyMap<string, unknown> = this.#source[part];
      const shown: ReadonlyMap<string, unknown> = this.store[part];
      for (const [id, visibleAt] of touched) {
        // Events do not contain the keys of administrators, so all of them are copied.
        const isKey = part !== "administrators" && (source.has(id) || shown.has(id));
        const ids = isKey ? [id] : new Set([...source.keys(), ...shown.keys()]);
        for (const one of ids) {
          this.#order += 1;
          this.#pending.push({
            part,
            id: one,
            value: copyData(source.get(one)),
            visibleAt,
            order: this.#order,
          });
        }
      }
    }
    this.#touched.clear();
  }

  /** Applies a change, unless a newer one is visible already. */
  #apply({ part, id, value, order }: Change): void {
    const key = `${part} ${id}`;
    if ((this.#applied.get(key) ?? 0) > order) return;
    this.#applied.set(key, order);
    // The value was copied from the same part.
    const shown = this.store[part] as Map<string, unknown>;
    if (value === undefined) shown.delete(id);
    else shown.set(id, value);
  }

  #draw({ atOnce, median, max }: Measured): number {
    if (typeof this.#lag === "number") return this.#lag;
    const [first, second, stall] = [this.#random(), this.#random(), this.#random()];
    if (stall * STALLS_ONCE_IN < 1) return STALL_MS;
    if (first * TRIES < atOnce) return 0;
    return second < 0.5 ? second * 2 * median : median + (second - 0.5) * 2 * (max - median);
  }
}

/** A generator of numbers from 0 (inclusive) to 1 (exclusive), reproducible by its seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
