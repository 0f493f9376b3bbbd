import * as net from "node:net";
import * as tls from "node:tls";
import type { Certificate } from "./certificate.ts";
import {
  decodeFrames,
  ERROR,
  encodeFrame,
  encodeHeaders,
  FLAG,
  FRAME,
  type Frame,
  PREFACE,
  SETTING,
  uint32,
} from "./frames.ts";

/** A request that has arrived completely. */
export interface PeerRequest {
  readonly connection: PeerConnection;
  readonly streamId: number;
  readonly body: Buffer;
  /** Its number among all requests to this peer, from 1. */
  readonly number: number;
}

export interface PeerOptions {
  readonly onRequest?: ((request: PeerRequest) => void) | undefined;
  readonly onConnection?: ((connection: PeerConnection) => void) | undefined;
  /** Default: the setting is not sent. */
  readonly maxConcurrentStreams?: number | undefined;
  /** Accepts connections but sends nothing at all. Default: false. */
  readonly mute?: boolean | undefined;
  /** Sends no SETTINGS until the test does. Default: false. */
  readonly holdSettings?: boolean | undefined;
  /** Speaks TLS, and HTTP/2 by ALPN. */
  readonly certificate?: Certificate | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** An HTTP/2 server that a test drives frame by frame, so that it can misbehave. */
export class Peer implements AsyncDisposable {
  readonly connections: PeerConnection[] = [];
  requests = 0;
  readonly #server: net.Server;
  readonly #secure: boolean;

  private constructor(server: net.Server, secure: boolean) {
    this.#server = server;
    this.#secure = secure;
  }

  static async start(options: PeerOptions = {}): Promise<Peer> {
    const { certificate } = options;
    const server =
      certificate === undefined
        ? net.createServer()
        : tls.createServer({ ...certificate, ALPNProtocols: ["h2"] });
    const peer = new Peer(server, certificate !== undefined);
    server.on(certificate === undefined ? "connection" : "secureConnection", (socket: net.Socket) => {
      const connection = new PeerConnection(socket, options, () => ++peer.requests);
      peer.connections.push(connection);
      options.onConnection?.(connection);
    });
    await new Promise<void>((resolve) =>
      server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve),
    );
    return peer;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get origin(): string {
    return this.#secure ? `https://localhost:${this.port}` : `http://127.0.0.1:${this.port}`;
  }

  get last(): PeerConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error("Nobody has connected");
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.connections) connection.destroy();
    await closed;
  }
}

/** Responds to a request with an empty message. */
export function respond({ connection, streamId }: PeerRequest): void {
  connection.respond(streamId);
}

/** One connection to a {@link Peer}. It acknowledges SETTINGS and pings by itself, and does nothing else. */
export class PeerConnection {
  readonly socket: net.Socket;
  readonly frames: Frame[] = [];
  /** Streams that have begun but not ended. */
  readonly open = new Set<number>();
  mostOpen = 0;
  pings = 0;
  #silent = false;
  #hasSettings = false;
  #owesAck = false;
  #held: number | undefined;
  #lastStreamId = Number.POSITIVE_INFINITY;
  #received: Buffer = Buffer.alloc(0);
  readonly #bodies = new Map<number, Buffer[]>();
  readonly #options: PeerOptions;
  readonly #count: () => number;

  constructor(socket: net.Socket, options: PeerOptions, count: () => number) {
    this.socket = socket;
    this.#options = options;
    this.#count = count;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#onBytes(chunk));
    socket.on("error", () => {});
    if (options.mute === true) this.silence();
    if (options.holdSettings !== true) this.settings(options.maxConcurrentStreams);
  }

  settings(maxConcurrentStreams?: number): void {
    const payload = Buffer.alloc(maxConcurrentStreams === undefined ? 0 : 6);
    if (maxConcurrentStreams !== undefined) {
      payload.writeUInt16BE(SETTING.maxConcurrentStreams, 0);
      payload.writeUInt32BE(maxConcurrentStreams, 2);
    }
    this.send(FRAME.settings, 0, 0, payload);
    if (this.#owesAck) this.send(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0));
    this.#owesAck = false;
    this.#hasSettings = true;
  }

  /** SETTINGS of its own come before anything else. */
  #acknowledge(): void {
    if (this.#hasSettings) this.send(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0));
    else this.#owesAck = true;
  }

  headers(streamId: number, fields: Readonly<Record<string, string>>, end = false): void {
    const flags = FLAG.endHeaders | (end ? FLAG.endStream : 0);
    if (end) this.open.delete(streamId);
    this.send(FRAME.headers, flags, streamId, encodeHeaders(fields));
  }

  data(streamId: number, bytes: Uint8Array, end = true): void {
    if (end) this.open.delete(streamId);
    this.send(FRAME.data, end ? FLAG.endStream : 0, streamId, Buffer.from(bytes));
  }

  /** A complete response of the Connect protocol. */
  respond(streamId: number, body: Uint8Array = new Uint8Array(0), extra: Record<string, string> = {}): void {
    this.headers(streamId, { ":status": "200", "content-type": "application/proto", ...extra });
    this.data(streamId, body);
  }

  /** An error of the Connect protocol. */
  refuse(streamId: number, status: number, body: object | string, extra: Record<string, string> = {}): void {
    const json = typeof body === "object";
    const contentType = json ? "application/json" : "text/plain; charset=utf-8";
    this.headers(streamId, { ":status": `${status}`, "content-type": contentType, ...extra });
    this.data(streamId, Buffer.from(json ? JSON.stringify(body) : body));
  }

  rst(streamId: number, code: number): void {
    this.open.delete(streamId);
    this.send(FRAME.rstStream, 0, streamId, uint32(code));
  }

  /** From now on it ignores the streams above, as it says. `debugData` is text for people. */
  goaway(lastStreamId: number, code: number = ERROR.none, debugData = ""): void {
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
    this.send(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStreamId, code), Buffer.from(debugData)]));
  }

  /** From now on a black hole: the connection stays open, but nothing is sent. */
  silence(): void {
    this.#silent = true;
  }

  /** From now on frames of this type are not sent. */
  hold(type: number): void {
    this.#held = type;
  }

  destroy(): void {
    this.socket.destroy();
  }

  send(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (!this.#silent && type !== this.#held)
      this.socket.write(encodeFrame({ type, flags, streamId, payload }));
  }

  #onBytes(chunk: Buffer): void {
    const first = this.frames.length === 0 && this.#received.length < PREFACE.length;
    this.#received = Buffer.concat([this.#received, chunk]);
    if (first) {
      if (this.#received.length < PREFACE.length) return;
      this.#received = this.#received.subarray(PREFACE.length);
    }
    const { frames, rest } = decodeFrames(this.#received);
    this.#received = rest;
    for (const frame of frames) this.#onFrame(frame);
  }

  #onFrame(frame: Frame): void {
    this.frames.push(frame);
    const { type, flags, streamId, payload } = frame;
    const ack = (flags & FLAG.ack) !== 0;
    if (type === FRAME.settings && !ack) this.#acknowledge();
    if (type === FRAME.ping && !ack) {
      this.pings += 1;
      this.send(FRAME.ping, FLAG.ack, 0, payload);
    }
    if (type === FRAME.rstStream) this.open.delete(streamId);
    if (type === FRAME.headers) this.#onHeaders(streamId);
    if (type === FRAME.data) this.#onData(frame);
  }

  #onHeaders(streamId: number): void {
    this.open.add(streamId);
    this.mostOpen = Math.max(this.mostOpen, this.open.size);
    this.#bodies.set(streamId, []);
  }

  #onData({ streamId, flags, payload }: Frame): void {
    const body = this.#bodies.get(streamId) ?? [];
    body.push(payload);
    if ((flags & FLAG.endStream) === 0 || streamId > this.#lastStreamId) return;
    const number = this.#count();
    this.#options.onRequest?.({ connection: this, streamId, body: Buffer.concat(body), number });
  }
}
