import type { Clock } from "../../shared/clock.ts";

export interface KeepaliveOptions {
  /** The server is pinged after this many milliseconds without a sign of life. 0: never. */
  readonly pingIntervalMs: number;
  /** The connection is dead if the response to a ping takes longer than this, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** A connection without calls is closed after this many milliseconds. 0: never. */
  readonly idleTimeoutMs: number;
  /** The connection is replaced after this many milliseconds. 0: never. */
  readonly maxAgeMs: number;
  /** The initial estimate of a round trip, in milliseconds. */
  readonly roundTripMs: number;
  /** The factor by which pings are sent less often, because the server has complained. At least 1. */
  readonly slowdown: number;
}

/** What a {@link Keepalive} monitors. */
export interface Watched {
  /** Sends a ping. Returns whether it was sent; calls back when the server responds. */
  ping(onResponse: () => void): boolean;
  hasCalls(): boolean;
  onIdleTooLong(): void;
  onAged(): void;
  /** The server is late in responding to a ping. {@link onRecovered} or {@link onDead} follows. */
  onSuspect(): void;
  onRecovered(): void;
  onDead(): void;
}

/**
 * While calls wait for a response and nothing arrives, the first ping is sent after this, or four round trips if longer.
 */
const QUIET_MS = 1000;
const QUIET_ROUND_TRIPS = 4;
/** The response to a ping is late after this, or six round trips if longer. */
const LATE_MS = 2000;
const LATE_ROUND_TRIPS = 6;

/**
 * Detects whether the server is still there, with a ping after a silence. While calls wait for a response, the silence is
 * short, and doubles as long as only pings get responses; otherwise it is `pingIntervalMs`. A late response makes the
 * connection suspect, a response that does not come within `pingTimeoutMs` makes it dead. Anything that arrives is a sign
 * of life. The timers never keep the process alive.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #clock: Clock;
  readonly #watched: Watched;
  /** When the last sign of life arrived. */
  #heardAt: number;
  /** When a response, or part of one, last arrived. */
  #usedAt: number;
  /** When the connection last went from idle to busy. */
  #busySince: number;
  #agesAt: number;
  #quietMs: number;
  #roundTripMs: number;
  /** Set while a ping is waiting for its response. */
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
    // At most once within that time, so that calls in quick succession set no timers.
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
   * Whether the server can be assumed to be there. It cannot after a silence in which a ping was due, which means that the
   * process, and its timers, were suspended. A ping is then sent, and its response makes the session available again.
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

  /** The connection could not be replaced, so it stays in use for a while. */
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

  /** Sets the timer to the next time at which there is something to decide. */
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
    // Data that arrived while the process was busy is only read after the timers.
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

  /** When the next ping is due, or when to check on the one in progress. */
  #nextPingStep(): number {
    if (this.#options.pingIntervalMs === 0) return Number.POSITIVE_INFINITY;
    if (this.#pingedAt !== undefined) {
      // The response may be queued behind data.
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
    // The session can no longer be pinged, and ends after its last call.
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
