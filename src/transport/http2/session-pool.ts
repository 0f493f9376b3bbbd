import type { Clock } from "../../shared/clock.ts";
import type { WaitReason } from "../call.ts";
import { isRefusedHere, NothingListensError, toReason } from "../dial/dial-error.ts";
import type { OnTransportEvent } from "../events.ts";
import { Connector } from "./connector.ts";
import type { KeepaliveOptions } from "./keepalive.ts";
import type { OpenedSession } from "./open-session.ts";
import { type QueueEntry, RequestQueue } from "./request-queue.ts";
import { Session, type SessionObserver } from "./session.ts";

/** A request that needs a session with room for one stream. */
export interface PendingRequest {
  /** Must open the stream immediately, before the session can change. */
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
  /** How long a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The same for a port of this machine that has refused every connection so far. */
  readonly refusedTimeoutMs: number;
  /** The maximum number of sessions. At least 1. */
  readonly maxConnections: number;
  readonly keepalive: Omit<KeepaliveOptions, "roundTripMs" | "slowdown">;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
}

/** While requests wait for a stream, another session is opened after this many milliseconds. */
const GROW_AFTER_MS = 100;
/**
 * With this many streams, and calls that take longer than this many milliseconds, the server is the bottleneck. More
 * streams would only slow down running calls, and move the queue to the server, where order and deadlines do not count.
 */
const ENOUGH_STREAMS = 100;
const SLOW_MS = 1000;
/** A session's maximum age is shortened by up to this share, so that sessions opened together do not end together. */
const AGE_JITTER = 0.2;
const MAX_SLOWDOWN = 64;

/**
 * The sessions that all requests share. The first is opened on demand, and replaced when it ends. More are opened while
 * requests wait for a stream, and closed when they are not needed; each request takes the session with the fewest streams.
 * A session that has reached its maximum age is drained once its successor is open.
 */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #queue: RequestQueue<PendingRequest>;
  readonly #connector: Connector<OpenedSession>;
  /** Sessions that take new streams, now or later. */
  #sessions: readonly Session[] = [];
  /** Sessions that only finish their streams. */
  readonly #draining = new Set<Session>();
  /** To be drained when its successor is open. */
  #aged: Session | undefined;
  #openedAt = Number.NEGATIVE_INFINITY;
  /** When requests last waited for a stream on all sessions. */
  #fullAt = Number.NEGATIVE_INFINITY;
  /** How many streams have ended; how many had ended at the last check, and when that was. */
  #ended = 0;
  #endedBefore = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #dialingSince = 0;
  /** Since when requests have been waiting for a connection. */
  #waitingSince = 0;
  #pingSlowdown = 1;
  #lastError: unknown;
  #closed = false;
  #cancelGrowth: (() => void) | undefined;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
    const { clock, connectTimeoutMs, open, onEvent } = options;
    this.#queue = new RequestQueue({
      clock,
      connectTimeoutMs,
      onTimeout: (request) => {
        request.onNoSession(this.#timeout());
        this.#onQueueChange();
      },
    });
    this.#connector = new Connector({
      open: (signal) => {
        this.#dialingSince = clock.monotonic();
        return open(signal);
      },
      // Half, so that one attempt that hangs does not fail the request.
      attemptTimeoutMs: connectTimeoutMs / 2,
      clock,
      onEvent,
      onOpened: (opened) => this.#onOpened(opened),
      onFailed: (error, final) => this.#onFailed(error, final),
      isWanted: () => !this.#queue.isEmpty,
    });
  }

  /** Starts connecting, for a request that is about to come. */
  warmUp(): void {
    if (!this.#closed && this.#sessions.length === 0) this.#connector.start();
  }

  /**
   * Gives the request a session, immediately if there is room. Otherwise it is queued until there is, or until {@link
   * release}.
   */
  acquire(request: PendingRequest): QueueEntry<PendingRequest> | undefined {
    if (this.#closed) {
      request.onNoSession(CLOSED);
      return undefined;
    }
    const session = this.#queue.isEmpty ? this.#pick() : undefined;
    if (session !== undefined) {
      request.onSession(session);
      return undefined;
    }
    const connected = this.#isConnected();
    if (this.#queue.isEmpty) this.#waitingSince = this.#options.clock.monotonic();
    const entry = this.#queue.add(request, connected);
    this.#onQueueChange();
    if (connected) this.#growLater();
    else this.#connector.start();
    return entry;
  }

  /** The request no longer needs a session. */
  release(entry: QueueEntry<PendingRequest>): void {
    this.#queue.delete(entry);
    this.#onQueueChange();
  }

  /** Ends all sessions with their requests. */
  close(): void {
    this.#closed = true;
    this.#cancelGrowth?.();
    this.#connector.stop();
    // First, so that no session is opened for a waiting request.
    this.#failAll(CLOSED);
    const end = { fault: "closed", message: "The client was closed while the call was running" } as const;
    for (const session of [...this.#sessions, ...this.#draining]) session.destroy(end);
  }

  /** What requests are waiting for, if any are. */
  whyWaiting(): WaitReason | undefined {
    const { origin } = this.#options;
    if (!this.#isConnected()) {
      if (this.#lastError === undefined) return undefined;
      const message = `no connection to ${origin}: ${toReason(this.#lastError)}`;
      return { connected: false, message, cause: this.#lastError };
    }
    if (this.#queue.isEmpty) return undefined;
    const message = `${this.#queue.size} calls were waiting while ${this.#countStreams()} were running`;
    return { connected: true, message: `${message}, as many as ${origin} takes at once` };
  }

  #pick(): Session | undefined {
    let best: Session | undefined;
    for (const session of this.#sessions) {
      if (session.hasRoom() && (best === undefined || session.streams < best.streams)) best = session;
    }
    return best;
  }

  /** Whether there is a session that takes streams, now or once others have ended. */
  #isConnected(): boolean {
    return this.#sessions.some(({ state }) => state === "open" || state === "opening");
  }

  #onOpened(opened: OpenedSession): void {
    const { clock, onEvent, keepalive } = this.#options;
    const roundTripMs = (clock.monotonic() - this.#dialingSince) / 2;
    const maxAgeMs = keepalive.maxAgeMs * (1 - AGE_JITTER * clock.random());
    const session = new Session({
      opened,
      observer: this.#observer,
      keepalive: { ...keepalive, maxAgeMs, roundTripMs, slowdown: this.#pingSlowdown },
      clock,
      onEvent,
    });
    if (this.#closed) {
      this.#draining.add(session);
      session.destroy(CLOSED_WHILE_OPENING);
      return;
    }
    this.#lastError = undefined;
    this.#openedAt = clock.monotonic();
    this.#sessions = [...this.#sessions, session];
    const predecessor = this.#aged;
    this.#aged = undefined;
    predecessor?.drain("age");
    this.#queue.onConnected();
    this.#serve();
    if (!this.#queue.isEmpty) this.#growLater();
  }

  readonly #observer: SessionObserver = {
    onRoom: () => {
      this.#ended += 1;
      this.#serve();
    },
    onSuspect: () => this.#onUnusable(),
    onDraining: (session) => this.#onDraining(session),
    onAged: (session) => this.#onAged(session),
    onTooManyPings: () => {
      this.#pingSlowdown = Math.min(MAX_SLOWDOWN, this.#pingSlowdown * 2);
    },
    onClosed: (session) => this.#draining.delete(session),
  };

  #onFailed(error: unknown, final: boolean): void {
    this.#lastError = error;
    this.#aged?.postponeAge();
    this.#aged = undefined;
    if (this.#isConnected()) return;
    const { origin } = this.#options;
    if (final) {
      this.#failAll({
        reason: "final",
        message: `Cannot connect to ${origin}: ${toReason(error)}`,
        cause: error,
      });
    } else if (this.#isPointless(error)) {
      const cause = new NothingListensError(origin, error);
      this.#failAll({ reason: "timeout", message: cause.message, cause });
    }
  }

  /** Whether requests have waited long enough for a port on which nothing has ever listened. */
  #isPointless(error: unknown): boolean {
    const { clock, refusedTimeoutMs } = this.#options;
    if (this.#openedAt > Number.NEGATIVE_INFINITY || !isRefusedHere(error)) return false;
    return clock.monotonic() - this.#waitingSince >= refusedTimeoutMs;
  }

  /** Serves as many requests as there is room for. */
  #serve(): void {
    if (this.#queue.isEmpty) return;
    this.#queue.onConnected();
    for (let session = this.#pick(); session !== undefined; session = this.#pick()) {
      const request = this.#queue.next();
      if (request === undefined) break;
      request.onSession(session);
    }
    this.#onQueueChange();
  }

  #onDraining(session: Session): void {
    if (!this.#sessions.includes(session)) return;
    this.#sessions = this.#sessions.filter((other) => other !== session);
    this.#draining.add(session);
    if (this.#aged === session) this.#aged = undefined;
    if (session.hasServed()) this.#connector.succeeded();
    else this.#connector.failed();
    const { end } = session;
    if (end.fault === "connection-rejected") this.#onFailed(end.cause, true);
    this.#onUnusable();
  }

  /** A session takes no more streams, permanently or for now. */
  #onUnusable(): void {
    if (this.#isConnected() || this.#closed) return;
    this.#queue.onDisconnected();
    if (!this.#queue.isEmpty) this.#connector.start();
  }

  #onAged(session: Session): void {
    if (!this.#sessions.includes(session) || this.#closed) return;
    const spare = this.#sessions.length > 1 && this.#fullAt < this.#openedAt;
    if (session.streams === 0 || spare) {
      session.drain("age");
    } else if (this.#aged !== undefined) {
      session.postponeAge();
    } else {
      this.#aged = session;
      this.#connector.start();
    }
  }

  /** Opens another session if requests keep waiting for a stream, and streams are the bottleneck. */
  #growLater(): void {
    const { clock, maxConnections } = this.#options;
    this.#fullAt = clock.monotonic();
    if (this.#cancelGrowth !== undefined || this.#sessions.length >= maxConnections) return;
    const grow = () => {
      this.#cancelGrowth = undefined;
      if (this.#closed || this.#queue.isEmpty || this.#sessions.length >= maxConnections) return;
      const opening = this.#connector.isConnecting || this.#sessions.some(({ state }) => state === "opening");
      if (!opening && !this.#isServerSlow()) this.#connector.start();
      this.#growLater();
    };
    if (this.#fullAt - this.#lookedAt > SLOW_MS) this.#lookAgain();
    this.#cancelGrowth = clock.setTimer(grow, GROW_AFTER_MS);
  }

  /** By Little's law: while all streams are in use, their number and throughput show how long calls take. */
  #isServerSlow(): boolean {
    const elapsedMs = this.#options.clock.monotonic() - this.#lookedAt;
    const streams = this.#countStreams();
    return streams >= ENOUGH_STREAMS && streams * elapsedMs > SLOW_MS * (this.#ended - this.#endedBefore);
  }

  #lookAgain(): void {
    this.#lookedAt = this.#options.clock.monotonic();
    this.#endedBefore = this.#ended;
  }

  #countStreams(): number {
    return this.#sessions.reduce((sum, session) => sum + session.streams, 0);
  }

  #onQueueChange(): void {
    const awaited = !this.#queue.isEmpty;
    if (!awaited && this.#sessions.length === 0) this.#connector.pause();
    for (const session of this.#sessions) session.setAwaited(awaited);
    if (awaited || this.#cancelGrowth === undefined) return;
    this.#cancelGrowth();
    this.#cancelGrowth = undefined;
  }

  #failAll(failure: ConnectFailure): void {
    for (let request = this.#queue.next(); request !== undefined; request = this.#queue.next()) {
      request.onNoSession(failure);
    }
    this.#onQueueChange();
  }

  #timeout(): ConnectFailure {
    const { origin, connectTimeoutMs } = this.#options;
    const why = this.#lastError === undefined ? "" : `: ${toReason(this.#lastError)}`;
    const message = `No connection to ${origin} within ${connectTimeoutMs} ms${why}`;
    return { reason: "timeout", message, cause: this.#lastError };
  }
}

const CLOSED: ConnectFailure = { reason: "closed", message: "The client is closed" };
const CLOSED_WHILE_OPENING = { fault: "closed", message: CLOSED.message } as const;
