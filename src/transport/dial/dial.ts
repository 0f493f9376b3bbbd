import { type LookupAddress, lookup } from "node:dns";
import * as net from "node:net";
import * as tls from "node:tls";
import { type Address, toAddress, withoutBrackets } from "./address.ts";
import { DialError, isDenied, isVerification, SchemeError } from "./dial-error.ts";
import { proxyFor, type ResolvedProxy } from "./proxy.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

/** After this long without traffic, in milliseconds, TCP checks whether the other side is still there. */
const KEEP_ALIVE_DELAY_MS = 20_000;

/** How to reach the server, for both calls and token requests. */
export interface DialOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  readonly tls: TlsOptions;
  readonly proxy: ResolvedProxy;
  /** The path of a Unix socket to connect to, instead of the origin's host. Uses no proxy. */
  readonly socketPath?: string | undefined;
  /** Where to connect to instead of the origin's host. */
  readonly address?: Address | undefined;
}

/** Connects to the server, offering `protocols` over TLS (ALPN), until `signal` aborts. */
export async function dial(
  options: DialOptions,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<net.Socket> {
  const url = new URL(options.origin);
  const socket = await connectTcp(url, options, signal).catch((error: unknown) => {
    throw isDenied(error) ? new DialError(error.message, { cause: error }) : error;
  });
  if (url.protocol !== "https:") return socket;
  const settings = {
    ...tlsSettings(options.tls),
    socket,
    ALPNProtocols: [...protocols],
    // An IP address must not be sent as a server name (RFC 6066 section 3).
    servername: options.tls.serverName ?? (isAddress(url) ? "" : url.hostname),
    host: withoutBrackets(url),
  };
  try {
    return await opened(tls.connect(settings), "secureConnect", signal);
  } catch (error) {
    if (!isVerification(error)) throw error;
    if (isPlainText(error)) throw new SchemeError(NO_TLS, { cause: error });
    throw new DialError(`TLS: ${error.message}`, { cause: error });
  }
}

const NO_TLS = "The port does not speak TLS: use http:// in the url, or the port that does";

/** OpenSSL's errors when the other side does not speak TLS. */
function isPlainText(error: Error): boolean {
  return "code" in error && /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(String(error.code));
}

/** Whether the port of an http: origin speaks TLS. Nothing is sent, so the certificate does not matter. */
export async function speaksTls(options: DialOptions, signal: AbortSignal): Promise<boolean> {
  const url = new URL(options.origin);
  const settings = { rejectUnauthorized: false, servername: isAddress(url) ? "" : url.hostname };
  try {
    const socket = await connectTcp(url, options, signal);
    const secure = await opened(tls.connect({ ...settings, socket }), "secureConnect", signal);
    secure.destroy();
    return true;
  } catch {
    return false;
  }
}

async function connectTcp(url: URL, options: DialOptions, signal: AbortSignal): Promise<net.Socket> {
  const { socketPath, address = toAddress(url) } = options;
  if (socketPath !== undefined) return await opened(net.connect(socketPath), "connect", signal);
  const { host, port } = address;
  const named = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const proxy = proxyFor(`${url.protocol}//${named}`, options.proxy);
  const socket =
    proxy === undefined
      ? await opened(net.connect({ host, port, ...ownLookup }), "connect", signal)
      : await (await import("./tunnel.ts")).openTunnel(proxy, named, options.tls, signal);
  // Also detects a server that has vanished silently after GOAWAY, when HTTP/2 pings are no longer possible.
  return socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
}

/**
 * Looks up a name and shuffles the addresses within each family, so that connections to a name with many servers are spread
 * over them.
 */
const shuffledLookup: net.LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const shuffled = shuffle(addresses);
    const [first] = shuffled;
    if (options.all === true || first === undefined) callback(null, shuffled);
    else callback(null, first.address, first.family);
  });
};

/** Deno allows the addresses of a permitted name only if it looks up the name itself. */
const ownLookup = "deno" in process.versions ? {} : { lookup: shuffledLookup };

function shuffle(addresses: readonly LookupAddress[]): LookupAddress[] {
  const preferred = addresses[0]?.family;
  const keyed = addresses.map((address) => ({ address, key: Math.random() }));
  keyed.sort((a, b) => a.key - b.key);
  const all = keyed.map(({ address }) => address);
  return [
    ...all.filter(({ family }) => family === preferred),
    ...all.filter(({ family }) => family !== preferred),
  ];
}

/** Resolves with the socket when it emits `event`. */
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
    const closed = () => fail(new Error("The connection was closed while it was being opened"));
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

/** Does not use `net.isIP()`, whose regular expressions take milliseconds to compile. */
function isAddress({ hostname }: URL): boolean {
  return hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
}
