import type { Clock } from "../../shared/clock.ts";

export interface KeepaliveOptions {
  /** After this many milliseconds without a sign of life the server is pinged. 0: never. */
  readonly pingIntervalMs: number;
  /** The connection is dead if the answer to a ping takes longer than this, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** A connection without calls is closed after this many milliseconds. 0: never. */
  readonly idleTimeoutMs: number;
}

/** What a {@link Keepalive} watches over. */
export interface Watched {
  /** Calls back when the other side has answered. */
  ping(answered: () => void): void;
  isIdle(): boolean;
  onIdleTooLong(): void;
  onDead(): void;
}

/** Finds out whether the other side is still there. Its timers never keep the process alive. */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #clock: Clock;
  readonly #watched: Watched;
  /** When the last sign of life came. */
  #heardAt: number;
  /** When the last call ended. */
  #usedAt: number;
  #cancelTimer: (() => void) | undefined;
  #pinging = false;

  constructor(options: KeepaliveOptions, clock: Clock, watched: Watched) {
    this.#options = options;
    this.#clock = clock;
    this.#watched = watched;
    this.#heardAt = clock.monotonic();
    this.#usedAt = this.#heardAt;
    this.#wait(options.pingIntervalMs);
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
    this.#usedAt = this.#heardAt;
  }

  /**
   * Whether it is known that the other side lives, as far as that can be. It is not after a silence in which
   * a ping was due: the process was suspended, its timers with it. Then one is sent, and `heard` once it is
   * answered.
   */
  isFresh(): boolean {
    const { pingIntervalMs, pingTimeoutMs } = this.#options;
    if (pingIntervalMs === 0) return true;
    if (this.#clock.monotonic() - this.#heardAt <= pingIntervalMs + pingTimeoutMs) return true;
    if (!this.#pinging) this.#ping();
    return false;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #wait(ms: number): void {
    if (this.#options.pingIntervalMs === 0) return;
    this.#cancelTimer = this.#clock.setTimer(() => this.#tick(), ms, false);
  }

  #tick(): void {
    const { pingIntervalMs, idleTimeoutMs } = this.#options;
    const now = this.#clock.monotonic();
    if (idleTimeoutMs > 0 && this.#watched.isIdle() && now - this.#usedAt >= idleTimeoutMs) {
      this.#watched.onIdleTooLong();
      return;
    }
    const quietFor = now - this.#heardAt;
    if (quietFor < pingIntervalMs) this.#wait(pingIntervalMs - quietFor);
    else this.#ping();
  }

  #ping(): void {
    const { pingIntervalMs } = this.#options;
    this.stop();
    this.#pinging = true;
    this.#awaitAnswer();
    this.#watched.ping(() => {
      if (this.#cancelTimer === undefined) return;
      this.stop();
      this.#pinging = false;
      this.#heardAt = this.#clock.monotonic();
      this.#wait(pingIntervalMs);
    });
  }

  #awaitAnswer(): void {
    const since = this.#clock.monotonic();
    const giveUp = () => {
      if (this.#cancelTimer === undefined || !this.#pinging) return;
      // The answer may stand in line behind data.
      if (this.#heardAt > since) this.#awaitAnswer();
      else this.#watched.onDead();
    };
    // What has arrived while the process was busy is read only after the timers.
    const onTimeout = () => void setImmediate(giveUp);
    this.#cancelTimer = this.#clock.setTimer(onTimeout, this.#options.pingTimeoutMs, false);
  }
}
