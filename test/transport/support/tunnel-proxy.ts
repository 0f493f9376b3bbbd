import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { Certificate } from "./certificate.ts";

/** An HTTP proxy that only tunnels. */
export class TunnelProxy implements AsyncDisposable {
  /** The targets of the CONNECT requests. */
  readonly targets: string[] = [];
  readonly #server: http.Server;
  readonly #scheme: string;
  readonly #sockets = new Set<net.Socket>();

  private constructor(credentials: string | undefined, certificate: Certificate | undefined) {
    this.#server = certificate === undefined ? http.createServer() : https.createServer(certificate);
    this.#scheme = certificate === undefined ? "http" : "https";
    this.#server.on("connection", (socket: net.Socket) => this.#sockets.add(socket));
    this.#server.on("connect", (request, socket: net.Socket) => {
      const sent = request.headers["proxy-authorization"] ?? "";
      if (credentials !== undefined && Buffer.from(sent.slice(6), "base64").toString() !== credentials) {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      this.#tunnel(request.url ?? "", socket);
    });
  }

  static async start(credentials?: string, certificate?: Certificate): Promise<TunnelProxy> {
    const proxy = new TunnelProxy(credentials, certificate);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  url(userinfo = ""): URL {
    const { port } = this.#server.address() as net.AddressInfo;
    return new URL(`${this.#scheme}://${userinfo}127.0.0.1:${port}`);
  }

  #tunnel(target: string, socket: net.Socket): void {
    this.targets.push(target);
    const [host, port] = target.split(":");
    const upstream = net.connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    this.#sockets.add(upstream);
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
