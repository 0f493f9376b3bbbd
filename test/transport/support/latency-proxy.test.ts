import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { describe, it } from "node:test";
import { LatencyProxy } from "./latency-proxy.ts";
import { TestClock, turns, until } from "./test-clock.ts";

/** An echo server behind a proxy with a round trip of 200 ms, with a fake clock. */
async function echo() {
  const server = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clock = new TestClock();
  const { port } = server.address() as net.AddressInfo;
  const proxy = await LatencyProxy.start({ port, roundTripMs: 200, clock });
  return {
    clock,
    proxy,
    async connect() {
      const expected = proxy.connections + 1;
      const socket = net.connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
      const client = { socket, received: "" };
      socket.on("error", () => {});
      socket.setEncoding("utf8").on("data", (text: string) => {
        client.received += text;
      });
      await once(socket, "connect");
      await until(() => proxy.connections === expected);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      server.close();
    },
  };
}

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof echo>>["connect"]>>;

/** Sends a letter, and asserts that it arrives after `thereMs`, and its echo 100 ms later. */
async function roundTrip(client: Client, clock: TestClock, thereMs: number): Promise<void> {
  const before = client.received;
  client.socket.write("a");
  await turns();
  await clock.advance(thereMs - 1);
  assert.equal(clock.pending, 1, "on its way there");
  await clock.advance(1);
  await until(() => clock.pending === 1, "on its way back");
  await clock.advance(99);
  assert.equal(client.received, before);
  await clock.advance(1);
  await until(() => client.received === `${before}a`);
  assert.equal(clock.pending, 0);
}

describe("a latency proxy", () => {
  it("charges a round trip for opening a connection, and one for each request and response", async () => {
    await using way = await echo();
    const client = await way.connect();
    await roundTrip(client, way.clock, 300);
    await roundTrip(client, way.clock, 100);
  });

  it("charges for opening a connection only once, however long the client takes to send something", async () => {
    await using way = await echo();
    const client = await way.connect();
    await way.clock.advance(1000);
    await roundTrip(client, way.clock, 100);
  });

  it("forwards the end of a connection after all that was sent", async () => {
    await using way = await echo();
    const { clock } = way;
    const client = await way.connect();
    client.socket.end("a".repeat(300_000));
    for (let time = 0; time < 1000 && !client.socket.readableEnded; time += 50) await clock.advance(50);
    assert.equal(client.socket.readableEnded, true);
    assert.equal(client.received.length, 300_000);
    await until(() => way.proxy.open === 0);
  });

  it("closes all connections when it is closed, and leaves no timer", async () => {
    const way = await echo();
    const clients = [await way.connect(), await way.connect()];
    assert.equal(way.proxy.open, 2);
    assert.equal(way.clock.pending, 2);
    const closed = clients.map(({ socket }) => new Promise((resolve) => socket.once("close", resolve)));
    for (const { socket } of clients) socket.end("a");
    await way[Symbol.asyncDispose]();
    await Promise.all(closed);
    assert.equal(way.clock.pending, 0);
  });
});
