// A client with a queue in front of a server that is too slow, in simulated time: every discipline of the queue gets
// the same calls.
import { MinHeap } from "./heap.ts";

/** A call as the simulation sees it. All times in milliseconds. */
export interface SimulatedCall {
  readonly startsAt: number;
  readonly deadlineAt: number;
  /** When its caller aborts it; infinite if never. */
  readonly abortsAt: number;
  /** How long the server takes for it when it is almost idle. */
  readonly workMs: number;
  /** One of many that start at the same moment. */
  readonly batch: boolean;
  state: CallState;
  sentAt: number;
  endedAt: number;
}

export type CallState = "new" | "queued" | "running" | "done" | "expired" | "refused" | "aborted";

/** The order in which pending calls get a stream. */
export interface Discipline {
  add(call: SimulatedCall): void;
  /** The call has ended while it was pending. */
  delete?(call: SimulatedCall): void;
  next(): SimulatedCall | undefined;
  /** A call has ended that had a stream. */
  onSettled?(call: SimulatedCall): void;
}

/** What a discipline may know and do. */
export interface Environment {
  readonly now: () => number;
  /** Fails a pending call immediately. */
  readonly refuse: (call: SimulatedCall) => void;
}

export interface Scenario {
  /** The calls, sorted by start time. */
  readonly calls: readonly SimulatedCall[];
  readonly speeds: readonly Speed[];
  /** How many streams the server allows. */
  readonly streams: number;
}

/** How many calls the server processes at full speed from some time on. If there are more, they share its speed. */
export interface Speed {
  readonly from: number;
  readonly parallel: number;
}

/** Runs until every call has ended, and records its outcome in each. */
export function simulate(scenario: Scenario, create: (environment: Environment) => Discipline): void {
  const simulation = new Simulation(scenario, create);
  while (simulation.step()) simulation.serve();
}

interface Running {
  readonly call: SimulatedCall;
  /** The call is done when a call that was there from the beginning would have received this much work. */
  readonly doneAt: number;
}

interface End {
  readonly call: SimulatedCall;
  readonly at: number;
  readonly state: "expired" | "aborted";
}

/**
 * The server divides its speed among the calls that it processes, as CPUs do, and drops those that the client
 * resets: a call that ends on its stream has taken from the others what it had received.
 */
class Simulation {
  readonly #scenario: Scenario;
  readonly #queue: Discipline;
  readonly #ends = new MinHeap<End>((end) => end.at);
  readonly #running = new MinHeap<Running>((running) => running.doneAt);
  #arrived = 0;
  #changed = 0;
  #streams = 0;
  #parallel = 0;
  #now = 0;
  /** The work that a call would have received if it had been there from the beginning, in milliseconds. */
  #shareMs = 0;

  constructor(scenario: Scenario, create: (environment: Environment) => Discipline) {
    this.#scenario = scenario;
    this.#queue = create({ now: () => this.#now, refuse: (call) => this.#end(call, "refused") });
  }

  /** Simulates the next thing that happens; returns false if there is none. */
  step(): boolean {
    const arrival = this.#scenario.calls[this.#arrived];
    const change = this.#scenario.speeds[this.#changed];
    const end = this.#nextEnd();
    const done = this.#nextDone();
    const moments = [change?.from, done?.at, end?.at, arrival?.startsAt].map(
      (at) => at ?? Number.POSITIVE_INFINITY,
    );
    const at = Math.min(...moments);
    if (at === Number.POSITIVE_INFINITY) return false;
    this.#shareMs += (at - this.#now) * this.#speed();
    this.#now = at;
    if (change?.from === at) {
      this.#parallel = change.parallel;
      this.#changed += 1;
    } else if (done?.at === at) {
      this.#end(done.call, "done");
    } else if (end?.at === at) {
      this.#end(end.call, end.state);
    } else if (arrival !== undefined) {
      this.#arrived += 1;
      this.#enqueue(arrival);
    }
    return true;
  }

  /** Sends as many calls as there are streams for. */
  serve(): void {
    while (this.#streams < this.#scenario.streams) {
      const call = this.#queue.next();
      if (call === undefined) return;
      call.state = "running";
      call.sentAt = this.#now;
      this.#streams += 1;
      this.#running.push({ call, doneAt: this.#shareMs + call.workMs });
    }
  }

  #enqueue(call: SimulatedCall): void {
    const at = Math.min(call.abortsAt, call.deadlineAt);
    this.#ends.push({ call, at, state: call.abortsAt < call.deadlineAt ? "aborted" : "expired" });
    call.state = "queued";
    this.#queue.add(call);
  }

  #nextEnd(): End | undefined {
    return this.#ends.firstWhere(({ call }) => call.state === "queued" || call.state === "running");
  }

  #nextDone(): { readonly at: number; readonly call: SimulatedCall } | undefined {
    const first = this.#running.firstWhere(({ call }) => call.state === "running");
    if (first === undefined) return undefined;
    return { call: first.call, at: this.#now + Math.max(0, first.doneAt - this.#shareMs) / this.#speed() };
  }

  #speed(): number {
    return Math.min(1, this.#parallel / Math.max(1, this.#streams));
  }

  #end(call: SimulatedCall, state: CallState): void {
    const before = call.state;
    call.state = state;
    call.endedAt = this.#now;
    if (before === "running") {
      this.#streams -= 1;
      this.#queue.onSettled?.(call);
    } else {
      this.#queue.delete?.(call);
    }
  }
}
