import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import type { OnTransportEvent } from "../events.ts";
import type { FaultName } from "../faults/faults.ts";
import { Keepalive, type KeepaliveOptions } from "./keepalive.ts";

/** A connection has only so many ids for its streams: it may be used up after a billion calls (RFC 9113, section 5.1.1). */
const LAST_STREAM_ID = 2 ** 31 - 1;

/** What becomes of a session, for who looks after it. */
export interface SessionObserver {
  /** There may be room for one more stream. */
  onRoom(session: Session): void;
  /** The session takes no new streams; those that it has may still finish. */
  onDraining(session: Session): void;
  onClosed(session: Session): void;
}

/** An HTTP/2 connection that is open and whose SETTINGS have come. */
export class Session {
  /** Set when the connection ended in a way that its calls should be told. */
  fault: FaultName = "connection-lost";
  readonly #http2: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #observer: SessionObserver;
  readonly #onEvent: OnTransportEvent | undefined;
  readonly #keepalive: Keepalive;
  #streams = 0;
  #limit: number;
  #lastStreamId = Number.POSITIVE_INFINITY;
  #draining = false;
  #awaited = false;
  #answered = false;

  constructor(
    http2: ClientHttp2Session,
    socket: Socket,
    observer: SessionObserver,
    keepalive: KeepaliveOptions,
    clock: Clock,
    onEvent: OnTransportEvent | undefined,
  ) {
    this.#http2 = http2;
    this.#socket = socket;
    this.#observer = observer;
    this.#onEvent = onEvent;
    this.#limit = streamLimit(http2);
    this.#keepalive = new Keepalive(keepalive, clock, {
      ping: (answered) => this.#ping(answered),
      isIdle: () => this.#streams === 0,
      onIdleTooLong: () => this.#drain(),
      onDead: () => this.#onDead(),
    });
    http2.unref();
    http2.on("remoteSettings", () => this.#onSettings());
    http2.on("goaway", (code, lastStreamId) => this.#onGoaway(code, lastStreamId));
    http2.on("close", () => this.#onClose());
    // What a failing session means for a call, the call hears from its stream.
    http2.on("error", () => this.#drain());
    onEvent?.({ type: "session-opened", maxConcurrentStreams: this.#limit });
  }

  /** A request can be sent now. */
  hasRoom(): boolean {
    const open = !this.#draining && !this.#http2.closed && !this.#http2.destroyed;
    return open && this.#streams < this.#limit && this.#keepalive.isFresh();
  }

  /** Opens a stream. Only when there is room. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#http2.request(headers);
    if (this.#streams++ === 0 && !this.#awaited) this.#http2.ref();
    stream.on("close", this.#onStreamClose);
    if (stream.id === LAST_STREAM_ID) this.#drain();
    return stream;
  }

  /** To be called when an answer arrives, or more of it. */
  heard(): void {
    this.#answered = true;
    this.#keepalive.heard();
  }

  hasAnswered(): boolean {
    return this.#answered;
  }

  /** No answer ever came: perhaps nobody is there who works. */
  isSuspect(): boolean {
    return !this.#answered;
  }

  /** While somebody waits for room, the process must not exit. */
  setAwaited(awaited: boolean): void {
    if (awaited === this.#awaited) return;
    this.#awaited = awaited;
    if (this.#streams > 0) return;
    if (awaited) this.#http2.ref();
    else this.#http2.unref();
  }

  /** The server has said that it did not look at this stream and will not. */
  isUnprocessed(streamId: number | undefined): boolean {
    return streamId === undefined || streamId > this.#lastStreamId;
  }

  /** The connection has gone, and with it whatever had not ended before. */
  isDead(): boolean {
    return this.#http2.destroyed || this.#socket.destroyed;
  }

  /** Ends at once, with all streams. */
  destroy(fault: FaultName): void {
    this.fault = fault;
    this.#drain();
    this.#http2.destroy();
    // A session waits for its last bytes to be written, which a dead connection never does.
    this.#socket.destroy();
  }

  readonly #onStreamClose = (): void => {
    if (--this.#streams === 0 && !this.#awaited) this.#http2.unref();
    this.#endIfIdle();
    this.#observer.onRoom(this);
  };

  /** From now on it takes no new streams, and ends when the last one has. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#observer.onDraining(this);
    this.#endIfIdle();
  }

  /**
   * After its last stream a session that drains ends, and its socket with it: the other side, which may never
   * close its own half, is not waited for.
   */
  #endIfIdle(): void {
    if (!this.#draining || this.#streams > 0) return;
    // Not from within the callbacks of the session.
    setImmediate(() => {
      this.#http2.destroy();
      this.#socket.destroySoon();
    });
  }

  #ping(answered: () => void): void {
    if (this.#http2.destroyed) return;
    this.#http2.ping((error) => {
      if (error !== null) return;
      answered();
      this.#observer.onRoom(this);
    });
  }

  #onDead(): void {
    this.#onEvent?.({ type: "ping-timeout", calls: this.#streams });
    this.destroy("ping-timeout");
  }

  #onSettings(): void {
    this.#limit = streamLimit(this.#http2);
    this.#observer.onRoom(this);
  }

  #onGoaway(errorCode: number, lastStreamId: number): void {
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
    this.#onEvent?.({ type: "goaway", errorCode, lastStreamId });
    this.#drain();
  }

  #onClose(): void {
    this.#keepalive.stop();
    this.#drain();
    this.#onEvent?.({ type: "session-closed" });
    this.#observer.onClosed(this);
  }
}

/** A server that names no limit has none. */
function streamLimit(http2: ClientHttp2Session): number {
  return http2.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
}
