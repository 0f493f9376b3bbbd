// The load, and the capacity of the server.
import type { Scenario, SimulatedCall, Speed } from "./simulation.ts";

/** Calls per second, at random times. */
export const OFFERED = 200;
/** When the server becomes slower, and when it recovers, in milliseconds. */
export const SLOW_AT = 60_000;
export const WELL_AT = 240_000;
const LAST_CALL_AT = 330_000;
/** A call's work, on average. */
const WORK_MS = 20;
const DEADLINE_MS = 30_000;

export interface NamedScenario {
  readonly name: string;
  /** Whether the server is slow from {@link SLOW_AT} to {@link WELL_AT}. */
  readonly slow: boolean;
  readonly create: () => Scenario;
}

interface Load {
  readonly offered?: number;
  readonly deadlineMs?: (random: () => number) => number;
  readonly abortAfterMs?: (random: () => number) => number;
  readonly batches?: { readonly at: readonly number[]; readonly size: number };
  readonly speeds: readonly Speed[];
  readonly streams?: number;
}

export const scenarios: readonly NamedScenario[] = [
  scenario("300/s, 60/s for 3 minutes", { speeds: slower(300) }),
  scenario("the same, then hardly more than is offered (220/s)", { speeds: slower(300, 220) }),
  scenario("the same, every second call with 2 s, the others with 60 s", {
    speeds: slower(300),
    deadlineMs: (random) => (random() < 0.5 ? 2000 : 60_000),
  }),
  scenario("the same, every second caller gives up within 5 s", {
    speeds: slower(300),
    abortAfterMs: (random) => (random() < 0.5 ? 5000 * random() : Number.POSITIVE_INFINITY),
  }),
  scenario("300/s, 60/s for 10 s", {
    speeds: [...steady(300), { from: WELL_AT - 10_000, parallel: parallel(60) }, ...steady(300, WELL_AT)],
  }),
  scenario("300/s; 100/s and a burst of 1,000 every 10 s", {
    speeds: steady(300),
    offered: 100,
    batches: { at: Array.from({ length: 33 }, (_, i) => 10_000 * i), size: 1000 },
  }),
  scenario("300/s; nothing but a batch of 5,000", {
    speeds: steady(300),
    offered: 0,
    batches: { at: [WELL_AT], size: 5000 },
  }),
  scenario("400/s; a batch of 5,000 besides", {
    speeds: steady(400),
    batches: { at: [WELL_AT], size: 5000 },
  }),
  scenario("300/s; a batch of 5,000 besides, for which other calls would have to wait", {
    speeds: steady(300),
    batches: { at: [WELL_AT], size: 5000 },
  }),
];

/** The first scenario, with other deadlines and numbers of streams. */
export function slowScenario(streams: number, deadlineMs: number): Scenario {
  return createScenario({ speeds: slower(300), streams, deadlineMs: () => deadlineMs });
}

function scenario(name: string, load: Load): NamedScenario {
  const slow = load.speeds.some(({ from }) => from === SLOW_AT);
  return { name, slow, create: () => createScenario(load) };
}

/** How many calls run at once if this many are completed per second. */
function parallel(perSecond: number): number {
  return (perSecond * WORK_MS) / 1000;
}

function steady(perSecond: number, from = 0): Speed[] {
  return [{ from, parallel: parallel(perSecond) }];
}

/** A fifth of the speed, for three minutes. */
function slower(perSecond: number, afterwards = perSecond): Speed[] {
  return [...steady(perSecond), ...steady(perSecond / 5, SLOW_AT), ...steady(afterwards, WELL_AT)];
}

function createScenario({ speeds, streams = 100, ...load }: Load): Scenario {
  return { speeds, streams, calls: createCalls(load) };
}

function createCalls({
  offered = OFFERED,
  deadlineMs,
  abortAfterMs,
  batches,
}: Omit<Load, "speeds">): SimulatedCall[] {
  const random = seededRandom(1);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const call = (startsAt: number, batch: boolean): SimulatedCall => ({
    startsAt,
    deadlineAt: startsAt + (deadlineMs?.(random) ?? DEADLINE_MS),
    abortsAt: startsAt + (abortAfterMs?.(random) ?? Number.POSITIVE_INFINITY),
    workMs: WORK_MS / 4 + exponential((WORK_MS * 3) / 4),
    batch,
    state: "new",
    sentAt: Number.NaN,
    endedAt: Number.NaN,
  });
  const calls: SimulatedCall[] = [];
  const gapMs = 1000 / offered;
  for (let at = exponential(gapMs); at < LAST_CALL_AT; at += exponential(gapMs)) calls.push(call(at, false));
  for (const at of batches?.at ?? []) {
    for (let i = 0; i < (batches?.size ?? 0); i++) calls.push(call(at, true));
  }
  return calls.sort((a, b) => a.startsAt - b.startsAt);
}

/** Pseudo-random numbers that are the same in every run: Weyl's sequence, mixed as in MurmurHash3. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
