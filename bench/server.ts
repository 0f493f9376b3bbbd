// The server of the benchmarks, a process of its own: responds to every RPC with the same list of users, encoded
// beforehand, in the protocol of the request. Sends its parent the port of each size.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { serveLists } from "./lists-server.ts";
import type { Ports } from "./protocol.ts";

async function serve(users: number): Promise<number> {
  const server = http2.createServer({ settings: { maxConcurrentStreams: 250 } });
  serveLists(server, users);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const ports: Ports = { small: await serve(5), large: await serve(500) };
process.send?.(ports);
