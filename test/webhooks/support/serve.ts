import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on a loopback port of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** Serves until it is disposed. */
export async function serve(listener: RequestListener): Promise<Served> {
  return await listening(createServer(listener).listen(0, "127.0.0.1"));
}

/** The same for a server that a framework has created. */
export async function listening(server: Server): Promise<Served> {
  if (!server.listening) await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
