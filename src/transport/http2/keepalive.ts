import type { Clock } from "../../shared/clock.ts";

export interface KeepaliveOptions {
  /** After this many milliseconds without a sign of life the server is pinged. 0: never. */
  readonly pingIntervalMs: number;
  /** The connection is dead if the response to a ping takes longer than this, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** A connection without calls is closed after this many milliseconds. 0: never. */
  readonly idleTimeoutMs: number;
  /** After this many milliseconds the connection is to be replaced. 0: never. */
  readonly maxAgeMs: number;
  /** How long a round trip takes, in milliseconds, as far as is known at first. */
  readonly roundTripMs: number;
  /** Pings are sent so many times more rarely, since the server has complained. At least 1. */
  readonly slowdown: number;
}

/** What a {@link Keepalive} watches over. */
export interface Watched {
  /** Whether a ping was sent. Calls back when the server has responded to it. */
  ping(onResponse: () => void): boolean;
  hasCalls(): boolean;
  onIdleTooLong(): void;
  onAged(): void;
  /** The server is late in responding to a ping. {@link onRecovered} or {@link onDead} follows. */
  onSuspect(): void;
  onRecovered(): void;
  onDead(): void;
}

/** While calls wait and nothing is heard, the first ping comes after this, or four round trips if that is longer. */
const QUIET_MS = 1000;
const QUIET_ROUND_TRIPS = 4;
/** A response to a ping is late after this, or six round trips if that is longer. */
const LATE_MS = 2000;
const LATE_ROUND_TRIPS = 6;

/**
 * Finds out whether the server is still there: by a ping, sent after a silence. The silence is short while calls
 * wait for a response, doubling as long as only pings are responded to, and `pingIntervalMs` otherwise. A response
 * that is late makes the connection suspect, one that does not come within `pingTimeoutMs` makes it dead. Whatever
 * arrives counts as a sign of life. Timers never keep the process alive.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #clock: Clock;
  readonly #watched: Watched;
  /** When the last sign of life came. */
  #heardAt: number;
  /** When the last response or part of one came. */
  #usedAt: number;
  /** When the first of the calls that are running began. */
  #busySince: number;
  #agesAt: number;
  #quietMs: number;
  #roundTripMs: number;
  /** Set while a ping waits for its response. */
  #pingedAt: number | undefined;
  #suspect = false;
  #stopped = false;
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(options: KeepaliveOptions, clock: Clock, watched: Watched) {
    this.#options = options;
    this.#clock = clock;
    this.#watched = watched;
    this.#roundTripMs = options.roundTripMs;
    const now = clock.monotonic();
    this.#heardAt = now;
    this.#usedAt = now;
    this.#busySince = now;
    this.#agesAt = options.maxAgeMs === 0 ? Number.POSITIVE_INFINITY : now + options.maxAgeMs;
    this.#quietMs = this.#firstQuietMs();
    this.#schedule(now);
  }

  /** A call begins on a connection that had none. */
  onBusy(): void {
    const now = this.#clock.monotonic();
    this.#busySince = now;
    // At most once in that time, so that calls that follow each other set no timers.
    if (this.#wakesAt > now + this.#quietMs && this.#options.pingIntervalMs > 0) this.#schedule(now);
  }

  /** A response arrives, or more of it. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
    this.#usedAt = this.#heardAt;
    if (this.#quietMs !== QUIET_MS) this.#quietMs = this.#firstQuietMs();
    if (this.#suspect) this.#recover();
  }

  /**
   * Whether the server is known to be there, as far as that can be. It is not after a silence in which a ping was
   * due: the process was suspended, its timers with it. Then one is sent, and room is announced once there is a
   * response to it.
   */
  isFresh(): boolean {
    const { pingIntervalMs, pingTimeoutMs } = this.#options;
    if (pingIntervalMs === 0) return true;
    if (this.#suspect) return false;
    const now = this.#clock.monotonic();
    if (now - this.#heardAt <= this.#intervalMs() + pingTimeoutMs) return true;
    if (this.#pingedAt === undefined) this.#ping(now);
    return false;
  }

  get isSuspect(): boolean {
    return this.#suspect;
  }

  /** The connection could not be replaced: it is used for another while. */
  postponeAge(): void {
    this.#agesAt = this.#clock.monotonic() + this.#options.maxAgeMs / 10;
    this.#schedule(this.#clock.monotonic());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  #firstQuietMs(): number {
    return Math.max(QUIET_MS, QUIET_ROUND_TRIPS * this.#roundTripMs) * this.#options.slowdown;
  }

  #intervalMs(): number {
    return this.#options.pingIntervalMs * this.#options.slowdown;
  }

  #lateMs(): number {
    return Math.min(this.#options.pingTimeoutMs, Math.max(LATE_MS, LATE_ROUND_TRIPS * this.#roundTripMs));
  }

  /** Sets the timer to the next moment at which there is something to decide. */
  #schedule(now: number): void {
    if (this.#stopped) return;
    const at = Math.min(this.#nextPingStep(), this.#idleAt(), this.#agesAt);
    this.#cancelTimer?.();
    this.#wakesAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.setTimer(() => this.#wake(), Math.max(0, at - now));
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    // What has arrived while the process was busy is read only after the timers.
    if (this.#pingedAt === undefined) this.#decide();
    else setImmediate(() => this.#decide());
  }

  #decide(): void {
    if (this.#stopped) return;
    const now = this.#clock.monotonic();
    if (now >= this.#idleAt()) {
      this.#watched.onIdleTooLong();
      return;
    }
    if (now >= this.#agesAt) {
      this.#agesAt = Number.POSITIVE_INFINITY;
      this.#watched.onAged();
    }
    if (now >= this.#nextPingStep()) this.#pingStep(now);
    this.#schedule(now);
  }

  #idleAt(): number {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === 0 || this.#watched.hasCalls()) return Number.POSITIVE_INFINITY;
    return this.#usedAt + idleTimeoutMs;
  }

  /** When the next ping is due, or when to judge the one under way. */
  #nextPingStep(): number {
    if (this.#options.pingIntervalMs === 0) return Number.POSITIVE_INFINITY;
    if (this.#pingedAt !== undefined) {
      // The response may stand in line behind data.
      const since = Math.max(this.#pingedAt, this.#heardAt);
      return since + (this.#suspect ? this.#options.pingTimeoutMs : this.#lateMs());
    }
    const idle = this.#heardAt + this.#intervalMs();
    if (!this.#watched.hasCalls()) return idle;
    return Math.min(idle, Math.max(this.#heardAt, this.#busySince) + this.#quietMs);
  }

  #pingStep(now: number): void {
    if (this.#pingedAt === undefined) {
      this.#ping(now);
    } else if (this.#suspect || this.#lateMs() >= this.#options.pingTimeoutMs) {
      this.#watched.onDead();
    } else {
      this.#suspect = true;
      this.#watched.onSuspect();
    }
  }

  #ping(now: number): void {
    const sent = this.#watched.ping(() => this.#onResponse(now));
    if (sent) this.#pingedAt = now;
    // It cannot be pinged any more, and ends by itself after its last call.
    else this.#heardAt = now;
    this.#schedule(now);
  }

  #onResponse(pingedAt: number): void {
    if (this.#stopped) return;
    const now = this.#clock.monotonic();
    this.#roundTripMs = Math.max(now - pingedAt, (this.#roundTripMs + (now - pingedAt)) / 2);
    this.#heardAt = now;
    this.#pingedAt = undefined;
    this.#quietMs = Math.min(this.#intervalMs(), this.#quietMs * 2);
    if (this.#suspect) this.#recover();
    this.#schedule(now);
  }

  #recover(): void {
    this.#suspect = false;
    this.#watched.onRecovered();
  }
}
