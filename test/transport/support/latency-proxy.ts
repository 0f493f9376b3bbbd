import * as net from "node:net";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";

export interface LatencyProxyOptions {
  /** The port on 127.0.0.1 to which it forwards. */
  readonly port: number;
  /** The round-trip time in milliseconds: half in each direction. */
  readonly roundTripMs: number;
  /** Default: the system's clock. A test with a fake clock passes its own. */
  readonly clock?: Clock | undefined;
}

/**
 * A TCP proxy that makes loopback as slow as a distance: everything, including the end of a connection, is
 * forwarded half a round trip later, in order, with no limit on what is under way.
 *
 * Opening a connection costs a round trip too, as on a real network, where the first byte follows the SYN/ACK. The
 * kernel's handshake on loopback takes no time, so the proxy charges for it: what the client sends in the first
 * round trip leaves at the end of it, and the server sees the connection when the first byte can be there, one
 * and a half trips after the client asked. The time until the first response is the same as over a real distance.
 * The only difference is that the client learns of its connection a round trip early.
 */
export class LatencyProxy implements AsyncDisposable {
  /** How many connections were ever accepted. */
  connections = 0;
  readonly #server = net.createServer({ allowHalfOpen: true, noDelay: true });
  readonly #port: number;
  readonly #roundTripMs: number;
  readonly #clock: Clock;
  readonly #sockets = new Set<net.Socket>();
  readonly #lines = new Set<DelayLine>();

  private constructor({ port, roundTripMs, clock = systemClock }: LatencyProxyOptions) {
    this.#port = port;
    this.#roundTripMs = roundTripMs;
    this.#clock = clock;
    this.#server.on("connection", (socket) => this.#forward(socket));
  }

  static async start(options: LatencyProxyOptions): Promise<LatencyProxy> {
    const proxy = new LatencyProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Where it listens, on 127.0.0.1. */
  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** How many connections are open now, on either side. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Closes all connections, drops what is under way, and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const line of this.#lines) line.cancel();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #forward(client: net.Socket): void {
    this.connections += 1;
    const server = new net.Socket({ allowHalfOpen: true }).setNoDelay(true);
    const delayMs = this.#roundTripMs / 2;
    const there = new DelayLine(this.#clock, delayMs, this.#clock.monotonic() + this.#roundTripMs);
    const back = new DelayLine(this.#clock, delayMs);
    there.push(() => server.connect(this.#port, "127.0.0.1"));
    pipe(client, there, server);
    pipe(server, back, client);
    this.#keep(client, server, [there, back]);
  }

  #keep(client: net.Socket, server: net.Socket, lines: readonly DelayLine[]): void {
    const sockets = [client, server];
    for (const socket of sockets) this.#sockets.add(socket);
    for (const line of lines) this.#lines.add(line);
    let open = sockets.length;
    const onClose = () => {
      open -= 1;
      if (open > 0) return;
      for (const socket of sockets) this.#sockets.delete(socket);
      for (const line of lines) this.#lines.delete(line);
    };
    for (const socket of sockets) socket.once("close", onClose);
  }
}

function pipe(from: net.Socket, line: DelayLine, to: net.Socket): void {
  from.on("data", (chunk) => line.push(() => to.write(chunk)));
  from.on("end", () => line.push(() => to.end()));
  from.on("error", () => {}); // "close" follows and handles it
  from.on("close", (failed) => line.push(() => (failed ? to.resetAndDestroy() : to.destroy())));
}

/** One direction of a connection: what is pushed now runs `delayMs` later, in order. */
class DelayLine {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #opensAt: number;
  readonly #pending: { readonly at: number; readonly deliver: () => void }[] = [];
  #cancelTimer: (() => void) | undefined;
  #cancelled = false;

  /** What is pushed before `opensAt` counts as pushed then. */
  constructor(clock: Clock, delayMs: number, opensAt = Number.NEGATIVE_INFINITY) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#opensAt = opensAt;
  }

  push(deliver: () => void): void {
    if (this.#cancelled) return;
    const at = Math.max(this.#clock.monotonic(), this.#opensAt) + this.#delayMs;
    this.#pending.push({ at, deliver });
    if (this.#cancelTimer === undefined) this.#await(at);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#cancelTimer?.();
    this.#pending.length = 0;
  }

  #await(at: number): void {
    this.#cancelTimer = this.#clock.setTimer(
      () => this.#deliver(),
      Math.max(0, at - this.#clock.monotonic()),
    );
  }

  #deliver(): void {
    this.#cancelTimer = undefined;
    const due = this.#clock.monotonic() + TIMER_PRECISION_MS;
    const later = this.#pending.findIndex(({ at }) => at > due);
    const ready = this.#pending.splice(0, later === -1 ? this.#pending.length : later);
    for (const { deliver } of ready) deliver();
    const [next] = this.#pending;
    if (next !== undefined && this.#cancelTimer === undefined) this.#await(next.at);
  }
}

/** Node's timers count whole milliseconds: whatever is due within half of one is due. */
const TIMER_PRECISION_MS = 0.5;
