// The server of the benchmark of connections, a process of its own: it accepts 100 concurrent streams per connection,
// and is reached through proxies of 20 ms, one for each client, so that their connections can be distinguished. Sends
// its parent their ports, and then whatever the parent requests.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../../test/transport/support/certificate.ts";
import { LatencyProxy } from "../../test/transport/support/latency-proxy.ts";
import { serveLists } from "../lists-server.ts";
import { ROUND_TRIP_MS, type ServerState, STREAMS, type Ways } from "./protocol.ts";

function tell(message: Ways | ServerState): void {
  process.send?.(message);
}

const certificate = selfSigned("connections");
const settings = { maxConcurrentStreams: STREAMS };
const server = http2.createSecureServer({ ...certificate, minVersion: "TLSv1.3", settings });
serveLists(server, 1);
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const starting = Array.from({ length: Number(process.argv[2]) }, () =>
  LatencyProxy.start({ port, roundTripMs: ROUND_TRIP_MS }),
);
const proxies = await Promise.all(starting);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tell({ open: proxies.map(({ open }) => open), cpuMs: (user + system) / 1000 });
});
tell({ certificate: certificate.cert, ports: proxies.map((proxy) => proxy.port) });
