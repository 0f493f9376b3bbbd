import type { Clock } from "../../shared/clock.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";

/** The `Date` header counts whole seconds. */
const RESOLUTION_MS = 1_000;

/** The server's time, as far as its `Date` headers (RFC 9110 section 6.6.1) tell it apart from ours. */
export class ServerClock {
  readonly #clock: Clock;
  readonly #onEvent: AuthEventListener | undefined;
  #skewMs = 0;

  constructor(clock: Clock, onEvent: AuthEventListener | undefined) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** How far the server's clock is ahead of ours, in milliseconds. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Milliseconds since the epoch by the server's clock. */
  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  /** Learns from a response that has just come and took `durationMs`. */
  observe(headers: Headers, durationMs: number): void {
    const date = Date.parse(headers.get("date") ?? "");
    // With Age, a cache has responded, and the date is that of an older response.
    if (Number.isNaN(date) || headers.has("age")) return;
    const receivedAt = this.#clock.now();
    const least = date - receivedAt;
    const most = date + RESOLUTION_MS - (receivedAt - durationMs);
    if (least <= this.#skewMs && this.#skewMs <= most) return;
    this.#skewMs = least <= 0 && 0 <= most ? 0 : Math.round((least + most) / 2);
    emit(this.#onEvent, { type: "clock-skew-learned", skewMs: this.#skewMs });
  }
}
