// A long run with faults: the server is killed again and again, and in between refuses streams, resets them and sends
// GOAWAY, while 64 readers continue. Counts failed calls, and watches the heap and file descriptors.
// `node --expose-gc bench/soak.ts [calls]`.
import { readdirSync } from "node:fs";
import * as http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { createClient } from "@connectrpc/connect";
import { UserService } from "../gen/zitadel/user/v2/user_service_pb.js";
import { createConnection } from "../src/transport/connection.ts";

const CALLS = Number(process.argv[2] ?? 200_000);
const IN_FLIGHT = 64;
const DOWN_MS = 3000;
const RESTARTS = 3;
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR } = http2.constants;

/** Runs in the same process as the client, since the benchmark is about leaks, not about speed. */
class Server {
  #server: http2.Http2Server | undefined;
  readonly #sockets = new Set<Socket>();
  #requests = 0;
  port = 0;

  async start(): Promise<void> {
    const server = http2.createServer({ settings: { maxConcurrentStreams: 50 } });
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("sessionError", () => {});
    server.on("stream", (stream) => this.#respond(stream));
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #respond(stream: http2.ServerHttp2Stream): void {
    const number = ++this.#requests;
    stream.on("error", () => {});
    stream.resume();
    if (number % 5003 === 0) stream.session?.close();
    if (number % 1009 === 0) {
      stream.close(NGHTTP2_REFUSED_STREAM);
    } else if (number % 2003 === 0) {
      stream.close(NGHTTP2_NO_ERROR);
    } else {
      stream.respond({ ":status": 200, "content-type": "application/proto" });
      stream.end();
    }
  }
}

function state(): { heapMb: number; descriptors: number } {
  globalThis.gc?.();
  const heapMb = Number((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1));
  return { heapMb, descriptors: readdirSync("/dev/fd").length };
}

const server = new Server();
await server.start();
const connection = createConnection({
  origin: `http://127.0.0.1:${server.port}`,
  protocol: "auto",
  httpVersion: "auto",
  headers: new Headers(),
  tls: {},
});
const { getUserByID } = createClient(UserService, connection.createTransport({ interceptors: [] }));

let started = 0;
const failures = new Map<string, number>();
async function reader(until: number): Promise<void> {
  while (started < until) {
    started += 1;
    try {
      await getUserByID({ userId: "1" });
    } catch (error) {
      failures.set(String(error), (failures.get(String(error)) ?? 0) + 1);
    }
  }
}

const crashes: unknown[] = [];
process.on("unhandledRejection", (reason) => crashes.push(reason));
process.on("uncaughtException", (reason) => crashes.push(reason));
const rows: object[] = [];
for (let part = 1; part <= 10; part++) {
  const readers = Array.from({ length: IN_FLIGHT }, () => reader((part * CALLS) / 10));
  if (part % 3 === 0 && part / 3 <= RESTARTS) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
    await server.start();
  }
  await Promise.all(readers);
  await new Promise((resolve) => setTimeout(resolve, 50));
  rows.push({ calls: started, ...state() });
}
console.table(rows);
console.log({ failed: Object.fromEntries(failures), crashes });
connection.close();
await server.stop();
