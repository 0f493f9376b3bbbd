import type { Clock } from "../../shared/clock.ts";
import type { Alarms } from "../call/alarms.ts";
import type { OnTransportEvent } from "../events.ts";
import { Connector, reasonOf } from "./connector.ts";
import type { KeepaliveOptions } from "./keepalive.ts";
import type { OpenedSession } from "./open-session.ts";
import { Session } from "./session.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Somebody who needs a session with room for one stream. */
export interface Waiter {
  /** Opens the stream at once, before anything else can happen to the session. */
  onSession(session: Session): void;
  onNoSession(failure: ConnectFailure): void;
}

/** Why there is no session. */
export interface ConnectFailure {
  readonly reason: "timeout" | "final" | "closed";
  readonly message: string;
  readonly cause?: unknown;
}

export interface SessionPoolOptions {
  readonly origin: string;
  readonly open: (signal: AbortSignal) => Promise<OpenedSession>;
  /** How long a call waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly keepalive: KeepaliveOptions;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly onEvent: OnTransportEvent | undefined;
}

/** The one session that all calls share, and its successors: opened when wanted, replaced when it goes. */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #line: WaitingLine<Waiter>;
  readonly #connector: Connector<OpenedSession>;
  /** All that are open; those which are not current finish their streams. */
  readonly #sessions = new Set<Session>();
  #current: Session | undefined;
  #lastError: unknown;
  #closed = false;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
    const { clock, alarms, connectTimeoutMs, open, onEvent } = options;
    this.#line = new WaitingLine(clock, alarms, connectTimeoutMs, (waiter) => {
      waiter.onNoSession(this.#timeout());
      this.#onLineChange();
    });
    this.#connector = new Connector({
      open,
      // Half, so that who waits outlives one try that hangs.
      tryTimeoutMs: connectTimeoutMs / 2,
      clock,
      onEvent,
      onOpened: (opened) => this.#onOpened(opened),
      onFailed: (error, final) => this.#onFailed(error, final),
      isWanted: () => !this.#line.isEmpty,
    });
  }

  /**
   * Gives the waiter a session, now if there is room. It stands in line until then or until {@link release}.
   */
  acquire(waiter: Waiter): void {
    if (this.#closed) {
      waiter.onNoSession(CLOSED);
      return;
    }
    const session = this.#current;
    if (session !== undefined && this.#line.isEmpty && session.hasRoom()) {
      waiter.onSession(session);
      return;
    }
    this.#line.add(waiter, session !== undefined);
    this.#onLineChange();
    if (session === undefined) this.#connector.start();
  }

  /** The waiter does not want a session any more. */
  release(waiter: Waiter): void {
    this.#line.delete(waiter);
    this.#onLineChange();
  }

  /** Ends all sessions with their calls. */
  close(): void {
    this.#closed = true;
    this.#connector.stop();
    // First, so that nobody waits any more for whom a session would be opened.
    this.#failAll(CLOSED);
    for (const session of [...this.#sessions]) session.destroy("closed");
  }

  #onOpened({ http2, socket }: OpenedSession): void {
    const { keepalive, clock, onEvent } = this.#options;
    const observer = {
      onRoom: (room: Session) => this.#serve(room),
      onDraining: (draining: Session) => this.#onDraining(draining),
      onClosed: (closed: Session) => this.#sessions.delete(closed),
    };
    const session = new Session(http2, socket, observer, keepalive, clock, onEvent);
    this.#sessions.add(session);
    if (this.#closed) {
      session.destroy("closed");
      return;
    }
    this.#current = session;
    this.#line.onConnected();
    this.#serve(session);
  }

  #onFailed(error: unknown, final: boolean): void {
    this.#lastError = error;
    if (final) {
      const message = `Cannot connect to ${this.#options.origin}: ${reasonOf(error)}`;
      this.#failAll({ reason: "final", message, cause: error });
    }
  }

  /** Lets in as many as there is room for. */
  #serve(session: Session): void {
    if (session !== this.#current) return;
    while (!this.#line.isEmpty && session.hasRoom()) this.#line.next()?.onSession(session);
    this.#onLineChange();
  }

  #onDraining(session: Session): void {
    if (session !== this.#current) return;
    this.#current = undefined;
    if (session.isSuspect()) this.#connector.failed();
    else this.#connector.succeeded();
    this.#line.onDisconnected();
    if (!this.#line.isEmpty) this.#connector.start();
  }

  #onLineChange(): void {
    if (this.#current !== undefined) this.#current.setAwaited(!this.#line.isEmpty);
    else if (this.#line.isEmpty) this.#connector.pause();
  }

  #failAll(failure: ConnectFailure): void {
    for (let waiter = this.#line.next(); waiter !== undefined; waiter = this.#line.next()) {
      waiter.onNoSession(failure);
    }
  }

  #timeout(): ConnectFailure {
    const { origin, connectTimeoutMs } = this.#options;
    const why = this.#lastError === undefined ? "" : `: ${reasonOf(this.#lastError)}`;
    const message = `No connection to ${origin} within ${connectTimeoutMs} ms${why}`;
    return { reason: "timeout", message, cause: this.#lastError };
  }
}

const CLOSED: ConnectFailure = { reason: "closed", message: "The connection is closed" };
