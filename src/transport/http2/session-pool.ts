import type { WaitReason } from "../call.ts";
import type { OnTransportEvent } from "../events.ts";
import { Connector } from "./connector.ts";
import { Growth } from "./growth.ts";
import type { KeepaliveOptions } from "./keepalive.ts";
import type { OpenedSession } from "./open-session.ts";
import { type ConnectFailure, Outage, type OutageOptions } from "./outage.ts";
import { type QueueEntry, RequestQueue } from "./request-queue.ts";
import { Session, type SessionObserver } from "./session.ts";

/** A request that needs a session with room for one stream. */
export interface PendingRequest {
  /** Must open the stream immediately, before the session can change. */
  onSession(session: Session): void;
  onNoSession(failure: ConnectFailure): void;
}

/**
 * - `idle`: there is no connection, and none is being made
 * - `connecting`: the first one is being made, or the one that replaces a broken one
 * - `connected`: there is a session that accepts streams, now or once others have ended
 * - `closed`
 */
export type PoolState = "idle" | "connecting" | "connected" | "closed";

export interface SessionPoolOptions extends OutageOptions {
  readonly open: (signal: AbortSignal) => Promise<OpenedSession>;
  /** The maximum number of sessions. At least 1. */
  readonly maxConnections: number;
  readonly keepalive: Omit<KeepaliveOptions, "roundTripMs" | "slowdown">;
  readonly onEvent: OnTransportEvent | undefined;
}

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
  readonly #outage: Outage;
  readonly #growth: Growth;
  /** Sessions that accept new streams, now or later. */
  #sessions: readonly Session[] = [];
  /** Sessions that only finish their streams. */
  readonly #draining = new Set<Session>();
  /** To be drained when its successor is open. */
  #aged: Session | undefined;
  #dialingSince = 0;
  #pingSlowdown = 1;
  #closed = false;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
    const { clock, connectTimeoutMs, open, onEvent } = options;
    this.#outage = new Outage(options);
    this.#queue = new RequestQueue({
      clock,
      connectTimeoutMs,
      onTimeout: (request) => {
        request.onNoSession(this.#outage.toTimeout());
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
    this.#growth = new Growth({
      clock,
      isWanted: () => !this.#queue.isEmpty && this.#sessions.length < options.maxConnections,
      isOpening: () =>
        this.#connector.isConnecting || this.#sessions.some(({ state }) => state === "opening"),
      countStreams: () => this.#countStreams(),
      open: () => this.#connector.start(),
    });
  }

  get state(): PoolState {
    if (this.#closed) return "closed";
    if (this.#sessions.some(({ state }) => state === "open" || state === "opening")) return "connected";
    return this.#connector.isConnecting ? "connecting" : "idle";
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
    const connected = this.state === "connected";
    if (this.#queue.isEmpty) this.#outage.onWaiting();
    const entry = this.#queue.add(request, connected);
    this.#onQueueChange();
    if (connected) this.#growth.onFull();
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
    this.#growth.stop();
    this.#connector.stop();
    // Done first, so that no session is opened for a waiting request.
    this.#failAll(CLOSED);
    const end = { fault: "closed", message: "The client was closed while the call was running" } as const;
    for (const session of [...this.#sessions, ...this.#draining]) session.destroy(end);
  }

  /** What requests are waiting for, if any are. */
  whyWaiting(): WaitReason | undefined {
    if (this.state !== "connected") return this.#outage.whyWaiting();
    if (this.#queue.isEmpty) return undefined;
    const message = `${this.#queue.size} calls were waiting while ${this.#countStreams()} were running`;
    return { connected: true, message: `${message}, as many as ${this.#options.origin} handles at once` };
  }

  #pick(): Session | undefined {
    let best: Session | undefined;
    for (const session of this.#sessions) {
      if (session.hasRoom() && (best === undefined || session.streams < best.streams)) best = session;
    }
    return best;
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
    this.#outage.onConnected();
    this.#growth.onOpened();
    this.#sessions = [...this.#sessions, session];
    const predecessor = this.#aged;
    this.#aged = undefined;
    predecessor?.drain("age");
    this.#queue.onConnected();
    this.#serve();
    if (!this.#queue.isEmpty) this.#growth.onFull();
  }

  readonly #observer: SessionObserver = {
    onRoom: () => {
      this.#growth.onStreamEnd();
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
    const failure = this.#outage.onFailed(error, final);
    this.#aged?.postponeAge();
    this.#aged = undefined;
    if (failure !== undefined && this.state !== "connected") this.#failAll(failure);
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

  /** A session accepts no more streams, permanently or for now. */
  #onUnusable(): void {
    const { state } = this;
    if (state === "connected" || state === "closed") return;
    this.#queue.onDisconnected();
    if (!this.#queue.isEmpty) this.#connector.start();
  }

  #onAged(session: Session): void {
    if (!this.#sessions.includes(session) || this.#closed) return;
    const spare = this.#sessions.length > 1 && this.#growth.hasSpare();
    if (session.streams === 0 || spare) {
      session.drain("age");
    } else if (this.#aged !== undefined) {
      session.postponeAge();
    } else {
      this.#aged = session;
      this.#connector.start();
    }
  }

  #countStreams(): number {
    return this.#sessions.reduce((sum, session) => sum + session.streams, 0);
  }

  #onQueueChange(): void {
    const awaited = !this.#queue.isEmpty;
    if (!awaited && this.#sessions.length === 0) this.#connector.pause();
    for (const session of this.#sessions) session.setAwaited(awaited);
    if (!awaited) this.#growth.stop();
  }

  #failAll(failure: ConnectFailure): void {
    for (let request = this.#queue.next(); request !== undefined; request = this.#queue.next()) {
      request.onNoSession(failure);
    }
    this.#onQueueChange();
  }
}

const CLOSED: ConnectFailure = { reason: "closed", message: "The client is closed" };
const CLOSED_WHILE_OPENING = { fault: "closed", message: CLOSED.message } as const;
