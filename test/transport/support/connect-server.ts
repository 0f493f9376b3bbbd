import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type * as net from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { compressionGzip, connectNodeAdapter } from "@connectrpc/connect-node";
import type { Certificate } from "./certificate.ts";

export interface ServerOptions {
  readonly routes: (router: ConnectRouter) => void;
  /** The version of HTTP; on TLS `h2` offers HTTP/1.1 as well. Default: h2. */
  readonly http?: "h2" | "http/1.1" | undefined;
  readonly certificate?: Certificate | undefined;
  /** The CA that must have issued a client's certificate. */
  readonly clientCa?: string | undefined;
  /** The path of a Unix socket to listen on. */
  readonly path?: string | undefined;
  readonly protocols?: { readonly connect?: boolean; readonly grpc?: boolean; readonly grpcWeb?: boolean };
}

/** A server of connect-node, which supports all three protocols. */
export async function startConnectServer(
  options: ServerOptions,
): Promise<AsyncDisposable & { origin: string }> {
  const adapter = connectNodeAdapter({
    routes: options.routes,
    acceptCompression: [compressionGzip],
    compressMinBytes: 1024,
    ...options.protocols,
  });
  const handler = (request: http2.Http2ServerRequest | http.IncomingMessage, response: unknown) =>
    request.url === "/oauth/v2/token"
      ? (response as http.ServerResponse).end("a token")
      : adapter(request as http.IncomingMessage, response as http.ServerResponse);
  const server = create(options, handler as http.RequestListener);
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    if (options.path !== undefined) server.listen(options.path, resolve);
    else server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 80;
  return {
    origin: `${options.certificate === undefined ? "http" : "https"}://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function create(
  { http: version = "h2", certificate, clientCa }: ServerOptions,
  handler: http.RequestListener,
) {
  const h2 = handler as unknown as Parameters<typeof http2.createServer>[1];
  if (certificate === undefined)
    return version === "h2" ? http2.createServer(h2) : http.createServer(handler);
  const verified =
    clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const tls = { ...certificate, ...verified };
  return version === "h2"
    ? http2.createSecureServer({ ...tls, allowHTTP1: true }, h2)
    : https.createServer(tls, handler);
}
