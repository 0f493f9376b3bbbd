import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

/** A server of HTTP/1.1 that does what a test says. */
export async function serve(listener: http.RequestListener, certificate?: Certificate) {
  const server =
    certificate === undefined ? http.createServer(listener) : https.createServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const scheme = certificate === undefined ? "http" : "https";
  return {
    origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An origin at which nobody listens. */
export async function closedOrigin(): Promise<string> {
  const server = await serve(() => {});
  server[Symbol.dispose]();
  return server.origin;
}
