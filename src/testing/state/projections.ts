import type { LoggedEvent } from "./event-log.ts";
import type { Store } from "./model/store.ts";
import { copyData } from "./snapshot.ts";

/** How late searches and new credentials are: as they were measured on a Zitadel, or always by so many milliseconds. */
export type Lag = "zitadel" | number;

/** The parts of the store that searches see late, each as it becomes visible. */
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

/** How late something was, of 50 tries on a Zitadel of July 2026 on one machine: so many not at all, else in milliseconds. */
interface Measured {
  readonly atOnce: number;
  readonly median: number;
  readonly max: number;
}

/** What events are shown by which part, and how late. The first that matches counts. */
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

/** Now and then a projection stood still: once in so many writes, for so long. */
const STALLS_ONCE_IN = 200;
const STALL_MS = 2_000;

/** Something that has changed and becomes visible. */
interface Change {
  readonly part: Part;
  readonly id: string;
  /** A copy; undefined where it was removed. */
  readonly value: unknown;
  readonly visibleAt: number;
  readonly order: number;
}

/** What searches read: the store as it was a while ago, by the emulator's clock. */
export class Projections {
  /** Call {@link catchUp} before it is read. */
  readonly store: Store;
  readonly #source: Store;
  readonly #lag: Lag;
  readonly #random: () => number;
  /** What has been touched since the last look, by part and id, and from when on it is visible. */
  readonly #touched = new Map<Part, Map<string, number>>();
  readonly #applied = new Map<string, number>();
  #pending: Change[] = [];
  #order = 0;

  /** `random`: from 0 to below 1. */
  constructor(source: Store, lag: Lag, random: () => number) {
    this.#source = source;
    this.#lag = lag;
    this.#random = random;
    this.store = { ...source };
    this.reset();
  }

  /** Shows all that there is at once. */
  reset(): void {
    this.#touched.clear();
    this.#applied.clear();
    this.#pending = [];
    Object.assign(this.store, this.#source);
    for (const part of PARTS) Object.assign(this.store, { [part]: copyData(this.#source[part]) });
  }

  /** Notes what an event is about. */
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

  /** Takes over what has become visible, after the write that changed it is done. */
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
        // The keys of administrators are not in their events.
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

  /** What is older than what is shown comes too late. */
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

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
