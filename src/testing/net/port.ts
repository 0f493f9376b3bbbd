import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import * as net from "node:net";
import * as tls from "node:tls";
import { cutSocket } from "./cut-socket.ts";
import type { FindStreamHandler, HttpHandler } from "./http.ts";
import { createHttp1Server } from "./http1.ts";
import { createHttp2Server } from "./http2.ts";

/** A listening port of the loopback interface. */
export interface Port {
  readonly number: number;
  /** Cuts all connections, as a crash would, and keeps listening. */
  cut(): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/** A server's TLS certificate and key, both in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/**
 * Serves HTTP/1.1 and HTTP/2 on one port, as Zitadel does: by ALPN with TLS, otherwise by the first bytes of the client
 * (HTTP/2 with prior knowledge). Only HTTP/2 supports streams of messages. Port 0 means any free port.
 */
export async function openPort(
  handler: HttpHandler,
  identity: Identity | undefined,
  findStream?: FindStreamHandler,
  number = 0,
): Promise<Port> {
  const scheme = identity === undefined ? "http" : "https";
  const http1 = createHttp1Server(scheme, handler);
  const http2 = createHttp2Server(scheme, handler, findStream);
  const serve = (socket: Socket, isHttp2: boolean): void => (isHttp2 ? http2 : http1)(socket);
  const server =
    identity === undefined
      ? net.createServer((socket) => sniff(socket, (isHttp2) => serve(socket, isHttp2)))
      : tls.createServer({ ...identity, ALPNProtocols: ["h2", "http/1.1"] }, (socket) =>
          serve(socket, socket.alpnProtocol === "h2"),
        );
  return await listen(server, number);
}

async function listen(server: Server, number: number): Promise<Port> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(number, HOST);
  await once(server, "listening").catch((cause) => {
    throw listenError(number, cause);
  });
  return {
    number: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) cutSocket(socket);
    },
    close: async () => {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const HOST = "127.0.0.1";

function listenError(number: number, cause: NodeJS.ErrnoException): Error {
  const problem =
    cause.code === "EADDRINUSE" ? "it is in use; choose another port, or none for a free one" : cause.message;
  return new Error(`Cannot listen on port ${number} of ${HOST}: ${problem}`, { cause });
}

/** The start of the HTTP/2 preface, `PRI * HTTP/2.0`. No HTTP/1.1 method starts like this. */
const PREFACE = "PRI";

function sniff(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const start = seen.toString("latin1", 0, PREFACE.length);
    if (start.length < PREFACE.length && PREFACE.startsWith(start)) return;
    socket.off("readable", look);
    // Unshift only after removing the listener, since the bytes can be read again at once.
    socket.unshift(seen);
    decide(start === PREFACE);
  };
  socket.on("readable", look);
}
