import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type DialOptions, dial, isVerification } from "../dial/dial.ts";
import { DialError } from "../dial/dial-error.ts";
import { HttpVersionError } from "../dial/http-version-error.ts";

/** What the server may send before it waits to hear that it was read: for a stream, and for all together. */
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 1 << 24;
/** Proxies and gateways add to the headers of an answer; the default of 128 resets its stream. */
const MAX_HEADERS = 2000;

/** An open HTTP/2 connection. */
export interface OpenedSession {
  readonly http2: http2.ClientHttp2Session;
  readonly socket: Socket;
}

/**
 * Connects, and waits for the server's SETTINGS: before, nobody knows how many streams it takes.
 * `acceptHttp1` offers HTTP/1.1 too; a server that chooses it is an {@link HttpVersionError}.
 */
export async function openSession(
  options: DialOptions,
  acceptHttp1: boolean,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const socket = await dial(options, acceptHttp1 ? ["h2", "http/1.1"] : ["h2"], signal);
  if (options.origin.startsWith("https:") && socket instanceof TLSSocket && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new HttpVersionError("The server does not speak HTTP/2");
  }
  const session = http2.connect(options.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    // In megabytes. The default refuses streams when a few large answers come at once.
    maxSessionMemory: 512,
    maxHeaderListPairs: MAX_HEADERS,
  });
  await settled(session, socket, signal);
  session.setLocalWindowSize(CONNECTION_WINDOW);
  return { http2: session, socket };
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
      reject(failureOf(signal.aborted ? signal.reason : cause));
    };
    // A server that wants a certificate says so after the handshake; the session would wait for the socket.
    socket.once("error", (error) => {
      onError(error);
      giveUp();
    });
    // Stays: a session that fails later must not throw for want of a listener.
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

/** What answers with something that is no HTTP/2 will do so again. */
function failureOf(cause: unknown): Error {
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_HTTP2_ERROR") {
    return new DialError("The server answered with something else than HTTP/2", { cause });
  }
  if (isVerification(cause)) return new DialError(`TLS: ${cause.message}`, { cause });
  return new Error("The connection ended before the server sent its HTTP/2 settings", { cause });
}
