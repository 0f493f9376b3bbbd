import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import { IndexedList, type Listed } from "../context/indexed-list.ts";
import { DialError, toReason } from "../dial/dial-error.ts";
import type { OnTransportEvent, SessionEndReason } from "../events.ts";
import type { FaultName } from "../faults.ts";
import { Goaway } from "./goaway.ts";
import { Keepalive, type KeepaliveOptions } from "./keepalive.ts";
import { isProtocolError, type OpenedSession, toOpeningError } from "./open-session.ts";

/** The last stream id of a connection, reached after a billion calls (RFC 9113 section 5.1.1). */
const LAST_STREAM_ID = 2 ** 31 - 1;

/**
 * How many streams may be opened before the server's SETTINGS arrive: the minimum that RFC 9113 section 6.5.2 recommends. A
 * server that allows fewer refuses the rest, which are then provably not processed.
 */
const EARLY_STREAMS = 100;

/** A request as its session sees it. */
export interface SessionRequest extends Listed {
  /** Whether it is sent again if it fails, so that it need not wait for a connection that may be dead. */
  readonly repeatable: boolean;
  /** The connection may be dead. */
  onSuspect(): void;
}

/** Notifies the pool of what happens to its session. */
export interface SessionObserver {
  /** There may be room for one more stream. */
  onRoom(session: Session): void;
  /** The response to a ping is late: no new streams until {@link onRoom}. */
  onSuspect(session: Session): void;
  /** The session accepts no new streams; running ones may finish. */
  onDraining(session: Session): void;
  /** The session has reached its maximum age. */
  onAged(session: Session): void;
  /** The server has complained about too many pings. */
  onTooManyPings(): void;
  onClosed(session: Session): void;
}

/** How a connection ended, for the errors of its calls. */
export interface SessionEnd {
  readonly fault: FaultName;
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * - `opening`: the server's SETTINGS have not arrived; accepts a limited number of streams
 * - `open`: accepts streams up to the server's limit
 * - `suspect`: the response to a ping is late; accepts no streams for now
 * - `draining`: accepts no more streams; running ones may finish
 * - `closed`
 */
export type SessionState = "opening" | "open" | "suspect" | "draining" | "closed";

export interface SessionOptions {
  readonly opened: OpenedSession;
  readonly observer: SessionObserver;
  readonly keepalive: KeepaliveOptions;
  readonly clock: Clock;
  readonly onEvent: OnTransportEvent | undefined;
}

const LOST: SessionEnd = { fault: "connection-lost", message: "The connection was lost" };

/** One HTTP/2 connection. */
export class Session {
  /** What the server has said about the end of this connection. */
  readonly goaway: Goaway = new Goaway();
  readonly #http2: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #observer: SessionObserver;
  readonly #onEvent: OnTransportEvent | undefined;
  readonly #keepalive: Keepalive;
  /** Requests without an outcome. */
  readonly #requests = new IndexedList<SessionRequest>();
  #state: Exclude<SessionState, "suspect">;
  #end: SessionEnd = LOST;
  #streams = 0;
  #limit: number;
  #newestStreamId = 0;
  #awaited = false;
  #responded = false;

  constructor({ opened, observer, keepalive, clock, onEvent }: SessionOptions) {
    const { http2, socket, hasSettings } = opened;
    this.#http2 = http2;
    this.#socket = socket;
    this.#observer = observer;
    this.#onEvent = onEvent;
    this.#state = "opening";
    this.#limit = EARLY_STREAMS;
    this.#keepalive = new Keepalive(keepalive, clock, {
      ping: (onResponse) => this.#ping(onResponse),
      hasCalls: () => this.#streams > 0,
      onIdleTooLong: () => this.drain("idle"),
      onAged: () => this.#observer.onAged(this),
      onSuspect: () => this.#onSuspect(),
      onRecovered: () => this.#observer.onRoom(this),
      onDead: () => this.#onDead(),
    });
    http2.unref();
    http2.on("remoteSettings", () => this.#onSettings());
    http2.on("goaway", (code, lastStreamId, data) => this.#onGoaway(code, lastStreamId, data));
    http2.on("close", () => this.#onClose());
    // Calls learn about a failed session from their streams.
    http2.on("error", (error) => this.#onError(error));
    socket.once("error", (error) => {
      // A server that requires a client certificate rejects it after the handshake; the session would wait for the socket.
      this.#onError(error);
      http2.destroy();
      socket.destroy();
    });
    if (hasSettings) this.#onSettings();
  }

  get state(): SessionState {
    const open = this.#state === "opening" || this.#state === "open";
    return open && this.#keepalive.isSuspect ? "suspect" : this.#state;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams;
  }

  get end(): SessionEnd {
    return this.#end;
  }

  /** Whether a request can be sent now. */
  hasRoom(): boolean {
    const open = this.#state === "open" || this.#state === "opening";
    if (!open || this.#streams >= this.#limit) return false;
    return !this.#http2.closed && !this.#http2.destroyed && this.#keepalive.isFresh();
  }

  /** Opens a stream, whose errors are to be interpreted when it closes. Requires room. */
  open(request: SessionRequest, headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#http2.request(headers);
    if (this.#streams++ === 0) {
      if (!this.#awaited) this.#http2.ref();
      this.#keepalive.onBusy();
    }
    this.#requests.add(request);
    this.#newestStreamId = stream.id ?? this.#newestStreamId;
    stream.on("error", this.#onStreamError);
    stream.on("close", this.#onStreamClose);
    if (stream.id === LAST_STREAM_ID) this.drain("stream-ids");
    return stream;
  }

  /** The request has its outcome. */
  settled(request: SessionRequest): void {
    this.#requests.delete(request);
  }

  /** Must be called when a response, or more of it, arrives. */
  heard(): void {
    this.#responded = true;
    this.#keepalive.heard();
  }

  /** Whether any response has arrived. Otherwise there may be no working server behind this connection. */
  hasResponded(): boolean {
    return this.#responded;
  }

  /** Whether a response has arrived, or is about to, according to a GOAWAY that names the last request. */
  hasServed(): boolean {
    return this.#responded || this.goaway.hasProcessedOneOf(this.#newestStreamId);
  }

  /** Keeps the process alive while a request waits for room. */
  setAwaited(awaited: boolean): void {
    if (awaited === this.#awaited) return;
    this.#awaited = awaited;
    if (this.#streams > 0) return;
    if (awaited) this.#http2.ref();
    else this.#http2.unref();
  }

  /** The maximum size of request headers that the server accepts, in bytes. */
  get maxHeaderBytes(): number {
    return this.#http2.destroyed ? Number.POSITIVE_INFINITY : remoteHeaderLimit(this.#http2);
  }

  /** Whether the connection has ended, with all streams that were open. */
  isDead(): boolean {
    return this.#http2.destroyed || this.#socket.destroyed;
  }

  /** Accepts no more streams, and ends after the last one. */
  drain(reason: SessionEndReason): void {
    if (this.#state === "draining" || this.#state === "closed") return;
    this.#state = "draining";
    this.#onEvent?.({ type: "session-draining", reason, calls: this.#streams });
    this.#observer.onDraining(this);
    this.#endIfIdle();
  }

  /** The session could not be replaced, and stays in use for a while. */
  postponeAge(): void {
    this.#keepalive.postponeAge();
  }

  /** Ends immediately, with all streams. */
  destroy(end: SessionEnd): void {
    this.#end = end;
    this.drain("error");
    this.#http2.destroy();
    // The session would wait for its last bytes to be written, which never happens on a dead connection.
    this.#socket.destroy();
  }

  /** A session that fails destroys its streams with its error before it reports that itself. */
  readonly #onStreamError = (error: Error): void => {
    if (isProtocolError(error)) this.#explainEnd(error);
  };

  readonly #onStreamClose = (): void => {
    if (--this.#streams === 0 && !this.#awaited) this.#http2.unref();
    this.#endIfIdle();
    this.#observer.onRoom(this);
  };

  /** Ends a draining session after its last stream, with its socket: the other side may never close its half. */
  #endIfIdle(): void {
    if (this.#state !== "draining" || this.#streams > 0) return;
    // Not within a callback of the session.
    setImmediate(() => {
      this.#http2.destroy();
      this.#socket.destroySoon();
    });
  }

  #ping(onResponse: () => void): boolean {
    // After GOAWAY, Node sends no ping and reports it as canceled.
    if (this.#http2.destroyed || this.#http2.closed) return false;
    return this.#http2.ping((error) => {
      if (error !== null) return;
      onResponse();
      this.#observer.onRoom(this);
    });
  }

  #onSuspect(): void {
    this.#onEvent?.({ type: "ping-late", calls: this.#streams });
    this.#observer.onSuspect(this);
    for (const request of this.#requests.toArray()) if (request.repeatable) request.onSuspect();
  }

  #onDead(): void {
    this.#onEvent?.({ type: "ping-timeout", calls: this.#streams });
    const message = "The connection was lost: the server did not respond to a ping";
    this.destroy({ fault: "ping-timeout", message });
  }

  #onSettings(): void {
    // Without a limit in SETTINGS, there is none (RFC 9113 section 6.5.2).
    this.#limit = this.#http2.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    if (this.#state === "opening") {
      this.#state = "open";
      this.#onEvent?.({ type: "session-opened", maxConcurrentStreams: this.#limit });
    }
    this.#observer.onRoom(this);
  }

  #onGoaway(code: number, lastStreamId: number, data: Uint8Array | undefined): void {
    const { goaway } = this;
    goaway.onReceived(code, lastStreamId, data);
    this.#onEvent?.({ type: "goaway", errorCode: code, lastStreamId, debugData: goaway.text });
    if (goaway.isAboutPings) this.#observer.onTooManyPings();
    if (goaway.complaint !== undefined) {
      const message = `The server gave up the connection: ${goaway.complaint}`;
      this.#end = { fault: "connection-lost", message };
    }
    this.drain("goaway");
  }

  #onError(error: Error): void {
    this.#explainEnd(error);
    this.drain("error");
  }

  #explainEnd(error: Error): void {
    if (this.#end === LOST) this.#end = this.#state === "opening" ? whileOpening(error) : lostBy(error);
  }

  #onClose(): void {
    this.#keepalive.stop();
    this.drain("error");
    this.#state = "closed";
    this.#onEvent?.({ type: "session-closed" });
    this.#observer.onClosed(this);
  }
}

function whileOpening(error: Error): SessionEnd {
  const cause = toOpeningError(error);
  if (!(cause instanceof DialError)) return lostBy(error);
  return { fault: "connection-rejected", message: toReason(cause), cause };
}

function lostBy(error: Error): SessionEnd {
  // Node's own error for a GOAWAY says less than the GOAWAY did.
  if ("code" in error && error.code === "ERR_HTTP2_SESSION_ERROR") return LOST;
  const reason = isProtocolError(error) ? `the server sent invalid HTTP/2 (${error.message})` : error.message;
  return { fault: "connection-lost", message: `The connection was lost: ${reason}`, cause: error };
}

function remoteHeaderLimit({ remoteSettings }: ClientHttp2Session): number {
  return remoteSettings.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
}
