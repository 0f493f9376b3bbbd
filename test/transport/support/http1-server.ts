import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

/** An HTTP/1.1 server with the handler of a test. */
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

/** An origin on which nothing listens. */
export async function closedOrigin(): Promise<string> {
  const server = await serve(() => {});
  server[Symbol.dispose]();
  return server.origin;
}
