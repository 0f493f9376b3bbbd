import * as net from "node:net";
import * as tls from "node:tls";
import { DialError } from "./dial-error.ts";
import { type ProxySetting, proxyFor } from "./proxy.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

/** How to reach the server. The same for calls and token requests. */
export interface DialOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  readonly tls: TlsOptions;
  readonly proxy: ProxySetting;
  /** The path of a Unix socket to connect to, instead of the origin's host. Takes no proxy. */
  readonly socketPath?: string | undefined;
}

/** Connects to the server, offering `protocols` by ALPN where it speaks TLS. `signal` gives up. */
export async function dial(
  options: DialOptions,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<net.Socket> {
  const url = new URL(options.origin);
  const socket = await connectTcp(url, options, signal);
  if (url.protocol !== "https:") return socket;
  const settings = {
    ...tlsSettings(options.tls),
    socket,
    ALPNProtocols: [...protocols],
    // An address is no server name.
    servername: options.tls.serverName ?? (net.isIP(hostOf(url)) ? "" : hostOf(url)),
    host: hostOf(url),
  };
  try {
    return await opened(tls.connect(settings), "secureConnect", signal);
  } catch (error) {
    throw isVerification(error) ? new DialError(`TLS: ${error.message}`, { cause: error }) : error;
  }
}

async function connectTcp(url: URL, options: DialOptions, signal: AbortSignal): Promise<net.Socket> {
  const { socketPath } = options;
  if (socketPath !== undefined) return await opened(net.connect(socketPath), "connect", signal);
  const proxy = await proxyFor(options.origin, options.proxy);
  const port = Number(url.port === "" ? defaultPort(url) : url.port);
  if (proxy === undefined) {
    return await opened(net.connect({ host: hostOf(url), port }), "connect", signal);
  }
  const { openTunnel } = await import("./tunnel.ts");
  return await openTunnel(proxy, `${url.hostname}:${port}`, options.tls, signal);
}

/** The socket once `event` says that it is open. */
function opened<S extends net.Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const giveUp = () => socket.destroy(signal.reason);
    const fail = (error: Error) => {
      signal.removeEventListener("abort", giveUp);
      reject(error);
    };
    const closed = () => fail(new Error("The connection was closed while it was opened"));
    socket.once("error", fail).once("close", closed);
    socket.once(event, () => {
      signal.removeEventListener("abort", giveUp);
      socket.off("error", fail).off("close", closed);
      resolve(socket);
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
  });
}

/** IPv6 addresses stand in brackets in a URL, and without them everywhere else. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function defaultPort(url: URL): number {
  return url.protocol === "https:" ? 443 : 80;
}

/** Node names the failures of certificate verification and TLS negotiation by many codes of these shapes. */
export function isVerification(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|ISSUER|SIGNATURE|^ERR_(TLS|SSL)/.test(code);
}
