import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type DialOptions, dial } from "../../src/transport/dial/dial.ts";
import { selfSigned } from "./support/certificate.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { TunnelProxy } from "./support/tunnel-proxy.ts";

/** Linux's table of connections: the timer of each is in its sixth column. */
const CONNECTIONS = "/proc/net/tcp";
const skip = !existsSync(CONNECTIONS) && `there is no ${CONNECTIONS}`;
/** What that column begins with while the timer is the one of keep-alive. */
const KEEP_ALIVE = "02";

/** The timer of the connection from this port of 127.0.0.1. */
function readTimer(port: number): string | undefined {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync(CONNECTIONS, "utf8").split("\n");
  const [row] = rows.map((text) => text.trim().split(/\s+/)).filter(([, address]) => address === local);
  return row?.[5]?.slice(0, 2);
}

describe("a connection", () => {
  const certificate = selfSigned("localhost");

  it("is watched by TCP keep-alive, whether it is direct or through a proxy with or without TLS", {
    skip,
  }, async () => {
    await using server = await startConnectServer({ routes: () => {} });
    await using plain = await TunnelProxy.start();
    await using secure = await TunnelProxy.start(undefined, certificate);
    const settings = { origin: server.origin, tls: { ca: certificate.cert } };
    const address = { host: "127.0.0.1", port: Number(new URL(server.origin).port) };
    const secureUrl = secure.url();
    secureUrl.hostname = "localhost";
    for (const proxy of ["none", plain.url(), secureUrl] satisfies DialOptions["proxy"][]) {
      const socket = await dial({ ...settings, address, proxy }, [], AbortSignal.timeout(5_000));
      assert.equal(readTimer(socket.localPort ?? 0), KEEP_ALIVE, String(proxy));
      socket.destroy();
    }
  });
});
