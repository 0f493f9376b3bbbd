import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type DialOptions, dial, speaksTls } from "../dial/dial.ts";
import { DialError, HttpVersionError, isVerification, SchemeError } from "../dial/dial-error.ts";

/**
 * The flow-control windows: how much the server may send before it is acknowledged, on a stream and on the whole
 * connection.
 */
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 1 << 24;
/** Proxies and gateways add headers to responses; Node's default of 128 would reset the stream. */
const MAX_HEADERS = 2000;

export interface OpenSessionOptions {
  readonly dial: DialOptions;
  /** Whether to offer HTTP/1.1 too. If the server chooses it, opening fails with an {@link HttpVersionError}. */
  readonly acceptHttp1: boolean;
  /**
   * Whether to return before the server's SETTINGS have arrived, on TLS, where the handshake has shown that the server
   * speaks HTTP/2. Without TLS only the SETTINGS show that. Default: false.
   */
  readonly early?: boolean | undefined;
}

/** An open HTTP/2 connection. */
export interface OpenedSession {
  readonly http2: http2.ClientHttp2Session;
  readonly socket: Socket;
  /** Whether the server's SETTINGS have arrived. */
  readonly hasSettings: boolean;
}

/** Connects, and waits for the server's SETTINGS unless `early` is set. */
export async function openSession(options: OpenSessionOptions, signal: AbortSignal): Promise<OpenedSession> {
  const { dial: dialOptions, acceptHttp1, early = false } = options;
  const socket = await dial(dialOptions, acceptHttp1 ? ["h2", "http/1.1"] : ["h2"], signal);
  // With a TLS proxy, the socket to a plain text server is a TLS socket too.
  const secure = dialOptions.origin.startsWith("https:") && socket instanceof TLSSocket;
  if (secure && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new HttpVersionError("The server does not speak HTTP/2");
  }
  const session = http2.connect(dialOptions.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    // In megabytes. With the default, streams are refused when a few large responses arrive at once.
    maxSessionMemory: 512,
    maxHeaderListPairs: MAX_HEADERS,
  });
  const hasSettings = !(secure && early);
  if (hasSettings) {
    await settled(session, socket, signal).catch(async (error: Error) => {
      throw (await isMeantForTls(dialOptions, signal))
        ? new SchemeError(TLS_WANTED, { cause: error })
        : error;
    });
  }
  session.setLocalWindowSize(CONNECTION_WINDOW);
  return { http2: session, socket, hasSettings };
}

const TLS_WANTED = "The port speaks TLS: use https:// in the url, or the port for plain text";

/** Whether a plain text connection failed because the port speaks TLS, which can show in various ways. */
async function isMeantForTls(options: DialOptions, signal: AbortSignal): Promise<boolean> {
  return options.origin.startsWith("http:") && !signal.aborted && (await speaksTls(options, signal));
}

function settled(session: http2.ClientHttp2Session, socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let cause: Error | undefined;
    const giveUp = () => {
      session.destroy();
      socket.destroy();
    };
    const onError = (error: Error) => {
      cause ??= error;
    };
    const onClose = () => {
      signal.removeEventListener("abort", giveUp);
      reject(toOpeningError(signal.aborted ? signal.reason : cause));
    };
    // A server that requires a client certificate rejects it after the handshake; the session would wait for the socket.
    socket.once("error", (error) => {
      onError(error);
      giveUp();
    });
    // Stays registered: a later error without a listener would crash the process.
    session.on("error", onError);
    session.once("close", onClose);
    session.once("remoteSettings", () => {
      signal.removeEventListener("abort", giveUp);
      session.off("close", onClose);
      resolve();
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
  });
}

/** The error of a connection that failed before the server's SETTINGS arrived; a DialError if retrying does not help. */
export function toOpeningError(cause: unknown): Error {
  // A server that does not speak HTTP/2 now will not do so later.
  if (isProtocolError(cause)) {
    return new DialError("The server responded with something other than HTTP/2", { cause });
  }
  if (isVerification(cause)) return new DialError(`TLS: ${cause.message}`, { cause });
  return new Error("The connection ended before the server sent its HTTP/2 settings", { cause });
}

/** Whether it is nghttp2's error for bytes that are not valid HTTP/2 (Node's `ERR_HTTP2_ERROR`). */
export function isProtocolError(error: unknown): error is Error & { code: "ERR_HTTP2_ERROR" } {
  return error instanceof Error && "code" in error && error.code === "ERR_HTTP2_ERROR";
}
