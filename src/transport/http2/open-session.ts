import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type DialOptions, dial, speaksTls } from "../dial/dial.ts";
import { DialError, HttpVersionError, isVerification, SchemeError } from "../dial/dial-error.ts";

/** What the server may send before it waits to hear that it was read: for a stream, and for all together. */
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 1 << 24;
/** Proxies and gateways add to the headers of a response; the default of 128 resets its stream. */
const MAX_HEADERS = 2000;

export interface OpenSessionOptions {
  readonly dial: DialOptions;
  /** Offers HTTP/1.1 too; a server that chooses it is an {@link HttpVersionError}. */
  readonly acceptHttp1: boolean;
  /**
   * Whether to return before the server's SETTINGS have come, on TLS: the handshake has then shown that somebody is
   * there who speaks HTTP/2. Without TLS it takes the SETTINGS to show it. Default: false.
   */
  readonly early?: boolean | undefined;
}

/** An open HTTP/2 connection. */
export interface OpenedSession {
  readonly http2: http2.ClientHttp2Session;
  readonly socket: Socket;
  /** The server's SETTINGS have come. */
  readonly hasSettings: boolean;
}

/** Connects, and waits for the server's SETTINGS unless `early` is set. */
export async function openSession(options: OpenSessionOptions, signal: AbortSignal): Promise<OpenedSession> {
  const { dial: dialOptions, acceptHttp1, early = false } = options;
  const socket = await dial(dialOptions, acceptHttp1 ? ["h2", "http/1.1"] : ["h2"], signal);
  // To a plain text server through a proxy that speaks TLS, the socket is one of TLS too.
  const secure = dialOptions.origin.startsWith("https:") && socket instanceof TLSSocket;
  if (secure && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new HttpVersionError("The server does not speak HTTP/2");
  }
  const session = http2.connect(dialOptions.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    // In megabytes. The default refuses streams when a few large responses come at once.
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

/** A server that speaks TLS ends a connection in plain text in one way or another. */
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
    // A server that wants a certificate says so after the handshake; the session would wait for the socket.
    socket.once("error", (error) => {
      onError(error);
      giveUp();
    });
    // Stays: a session that fails later must not throw for lack of a listener.
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

/** The error of a connection that failed before the server's SETTINGS came: final where waiting does not cure it. */
export function toOpeningError(cause: unknown): Error {
  // What responds with something that is no HTTP/2 will do so again.
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_HTTP2_ERROR") {
    return new DialError("The server responded with something else than HTTP/2", { cause });
  }
  if (isVerification(cause)) return new DialError(`TLS: ${cause.message}`, { cause });
  return new Error("The connection ended before the server sent its HTTP/2 settings", { cause });
}
