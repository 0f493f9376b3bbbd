import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { DialError, isVerification, toReason } from "./dial-error.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

/** A connection to `target` (`host:port`) through an HTTP proxy. */
export function openTunnel(
  proxy: URL,
  target: string,
  { ca }: TlsOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { request } = proxy.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const connect = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port,
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      // A company's proxy may have a certificate from the company's own authority, as may the server behind it.
      ...tlsSettings({ ca }),
      agent: false,
      signal,
    });
    const fail = (error: Error) => reject(signal.aborted ? error : tunnelError(proxy, error));
    connect.once("error", fail);
    connect.once("response", (response) => {
      response.resume();
      reject(refusal(proxy, response));
    });
    connect.once("connect", (response, socket, head) => {
      connect.off("error", fail);
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
      } else {
        socket.destroy();
        reject(refusal(proxy, response));
      }
    });
    connect.end();
  });
}

function authorization(proxy: URL): Record<string, string> {
  const { host, username, password } = proxy;
  if (username === "" && password === "") return {};
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  } catch {
    throw new DialError(`User and password in the URL of the proxy ${host} are not percent-encoded`);
  }
}

/** An untrusted certificate, or a port that does not speak HTTP, is final. Shows no credentials. */
function tunnelError({ host }: URL, cause: Error): Error {
  const code = "code" in cause ? String(cause.code) : "";
  if (code.startsWith("HPE_")) return new DialError(`The proxy ${host} does not speak HTTP`, { cause });
  if (isVerification(cause)) return new DialError(`TLS to the proxy ${host}: ${cause.message}`, { cause });
  return new Error(`The proxy ${host}: ${toReason(cause)}`, { cause });
}

/** A 4xx response is final; others may be temporary. Shows no credentials. */
function refusal({ host }: URL, { statusCode }: http.IncomingMessage): Error {
  const message = `The proxy ${host} responded ${statusCode} to CONNECT`;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? new DialError(message)
    : new Error(message);
}
